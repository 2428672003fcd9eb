internal import ArgumentParser
internal import Foundation
internal import LocalSystem

/// Which system a command is about.
struct FolderOptions: ParsableArguments {
    @Option(
        name: .customLong("data"),
        help: ArgumentHelp(
            """
            The folder that holds everything of the system; by default $XDG_DATA_HOME/driveline or \
            ~/.local/share/driveline, and /var/lib/driveline for root.
            """, valueName: "folder"))
    var data: String?

    /// The folder that is meant.
    var folder: DataFolder {
        if let data { return DataFolder(URL(filePath: data)) }
        return .default(environment: Terminal.current.environment, userID: geteuid())
    }

    func validate() throws {
        if self.data?.isEmpty == true { throw ValidationError("--data must name a folder") }
    }
}

extension LogFormat {
    /// The format of lines for the command's output.
    static func forOutput(names: [String]) -> LogFormat {
        LogFormat(names: names, isColourful: Terminal.current.isColourful)
    }
}
