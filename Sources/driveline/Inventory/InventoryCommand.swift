internal import ArgumentParser

/// `driveline inventory`: what is done to stock by hand.
struct InventoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inventory", abstract: "Brings stock in from files and partners' feeds, and takes it out.",
        subcommands: [ImportCommand.self, ExportCommand.self, FeedsCommand.self])
}
