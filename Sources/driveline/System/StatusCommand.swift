internal import ArgumentParser
internal import LocalSystem

/// `driveline status`: what runs where, and how it is now.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows what runs where and how it is; the exit code is 1 unless all is ready.")

    @OptionGroup var data: FolderOptions

    func run() async throws {
        var isReady = false
        try await reportingFailure {
            let folder = self.data.folder
            guard let record = try SystemRecord.read(folder) else {
                throw CommandError("nothing runs in \(folder.path); start it with `driveline up`")
            }
            let table = await SystemTable.asking(record)
            for line in table.lines { Terminal.current.print(line) }
            isReady = table.isReady
            guard record.isRunning else {
                throw CommandError(
                    "the system's supervisor is gone, with \(record.runningProcesses.count) processes left; "
                        + "`driveline down` ends them, and so does the next `driveline up`")
            }
        }
        if !isReady { throw ExitCode(1) }
    }
}
