internal import ArgumentParser
internal import LocalSystem

/// `driveline logs`: what the parts of a system have written.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Shows what the services and servers have written, also after they ended.")

    @OptionGroup var data: FolderOptions

    @Argument(help: "The services and servers; without one, all of them.")
    var names: [String] = []

    @Flag(name: .shortAndLong, help: "Goes on with what is written from now on, until Ctrl-C.")
    var follow = false

    @Option(name: .shortAndLong, help: "How many of the last lines of each are shown, up to \(LogReader.maximumLines).")
    var lines = 100

    func validate() throws {
        guard (0...LogReader.maximumLines).contains(self.lines) else {
            throw ValidationError("--lines must be from 0 to \(LogReader.maximumLines)")
        }
    }

    func run() async throws {
        try await reportingFailure {
            let folder = self.data.folder
            let reader = LogReader(folder)
            let known = reader.names
            guard !known.isEmpty else {
                throw CommandError("there are no logs in \(folder.path); `driveline up` writes them")
            }
            for name in self.names where !known.contains(name) {
                throw CommandError("\(name) has no log; there are those of \(known.joined(separator: ", "))")
            }
            let names = self.names.isEmpty ? known : self.names
            let format = LogFormat.forOutput(names: known)
            let terminal = Terminal.current
            for entry in reader.last(self.lines, of: names) { terminal.print(format.text(entry.name, entry.line)) }
            guard self.follow else { return }
            reader.follow(names, until: { Task.isCancelled }) { terminal.print(format.text($0.name, $0.line)) }
        }
    }
}
