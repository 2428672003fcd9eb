internal import ArgumentParser
internal import LocalSystem

/// `driveline reset`: removes a system's data.
struct ResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Removes all data of a system that does not run: databases, logs and secrets. Asks first.")

    @OptionGroup var data: FolderOptions

    @Flag(name: .shortAndLong, help: "Does not ask.")
    var yes = false

    func run() async throws {
        try await reportingFailure {
            let folder = self.data.folder
            guard folder.exists else {
                throw CommandError("\(folder.path) holds no system; nothing was removed")
            }
            if !self.yes {
                Terminal.current.print("This removes all data in \(folder.path) for ever. Write yes to go on:")
                guard Terminal.current.readLine()?.lowercased() == "yes" else {
                    throw CommandError("nothing was removed; answer yes, or use --yes")
                }
            }
            try SystemControl(folder).reset()
            Terminal.current.print("removed \(folder.path)")
        }
    }
}
