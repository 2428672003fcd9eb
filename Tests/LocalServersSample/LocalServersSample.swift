import Foundation
import LocalServers

/// Starts throwaway servers, says where they are, and waits to be killed.
@main
enum LocalServersSample {
    static func main() async throws {
        let postgres = LocalPostgres(.init(.throwaway))
        let redis = LocalRedis(.init(.throwaway))
        try await postgres.start()
        try await redis.start()
        var service = ChildProcess.Command("sleep", ["600"])
        service.lastSignal = SIGTERM
        let child = try ChildProcess(service)
        let processes = [postgres.processID ?? 0, redis.processID ?? 0, child.processID]
        let line = "\(postgres.folder) \(redis.folder) \(processes.map(String.init).joined(separator: " "))\n"
        FileHandle.standardOutput.write(Data(line.utf8))
        _ = await child.exit()
    }
}
