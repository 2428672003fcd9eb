internal import ArgumentParser

/// `driveline load-test`: load on a running service, with checks of what it answers.
struct LoadTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load-test",
        abstract: "Puts load on a service, measures it, and checks what it answers.",
        subcommands: [InventoryLoadCommand.self]
    )
}
