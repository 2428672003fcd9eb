internal import ArgumentParser
internal import LocalSystem

/// `driveline down`: ends a system, also what a killed supervisor has left of one.
struct DownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down", abstract: "Stops the system and waits until nothing of it runs; its data stays.")

    @OptionGroup var data: FolderOptions

    func run() async throws {
        try await reportingFailure {
            let folder = self.data.folder
            switch try await SystemControl(folder).stop() {
            case .nothingRan: Terminal.current.print("nothing runs in \(folder.path)")
            case .stopped: Terminal.current.print("stopped")
            case .endedLeftovers(let count):
                Terminal.current.print(
                    "the system's supervisor was gone; ended \(count) \(count == 1 ? "process" : "processes") it had left"
                )
            }
        }
    }
}
