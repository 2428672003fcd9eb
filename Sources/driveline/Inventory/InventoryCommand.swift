internal import ArgumentParser

/// `driveline inventory`: what is done to stock by hand.
struct InventoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inventory",
        abstract: "Brings stock in from files and partners' feeds, takes it out, and verifies it.",
        subcommands: [ImportCommand.self, ExportCommand.self, FeedsCommand.self, VerifyCommand.self])
}
