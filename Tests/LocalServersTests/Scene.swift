import Foundation
import LocalServers
import Synchronization
import Testing

/// A folder of a test's own, which a server's user may enter.
func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let folder = "/tmp/dl-servers-\(UInt32.random(in: .min ... .max))"
    #expect(mkdir(folder, 0o755) == 0)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

/// A PostgreSQL server in a folder that stays, but quick about it.
func postgres(in folder: String, _ configure: (inout LocalPostgres.Configuration) -> Void = { _ in }) -> LocalPostgres {
    var configuration = LocalPostgres.Configuration(.folder("\(folder)/postgres"))
    configuration.settings = ["fsync": "off"]
    configure(&configuration)
    return LocalPostgres(configuration)
}

/// A Redis server in a folder that stays.
func redis(in folder: String, _ configure: (inout LocalRedis.Configuration) -> Void = { _ in }) -> LocalRedis {
    var configuration = LocalRedis.Configuration(.folder("\(folder)/redis"))
    configure(&configuration)
    return LocalRedis(configuration)
}

/// What `start` fails with.
func failure(of start: () async throws -> Void) async -> LocalServerError? {
    do {
        try await start()
        return nil
    } catch {
        // One line, whatever a server may have written.
        #expect(!"\(error)".contains("\n"))
        return error as? LocalServerError
    }
}

/// Waits for what a thread or another process does.
func eventually(_ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try await !condition() {
        try #require(ContinuousClock.now < deadline, "it did not come to pass within a minute")
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// Whether a process can still do something.
func isAlive(_ process: Int32) -> Bool {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return false }
    return !text.contains(") Z ")
}

/// Lines that a thread writes.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { self.lines.withLock { $0 } }

    func append(_ line: String) { self.lines.withLock { $0.append(line) } }
}

/// A socket that listens on a free port of this host.
final class Listener: Sendable {
    let port: Int
    private let descriptor: Int32

    init() throws {
        self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = self.descriptor
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, 1) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        try #require(isListening)
        self.port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(self.descriptor) }
}
