internal import ArgumentParser

/// `driveline inventory`: stock, as operators see to it.
struct InventoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inventory",
        abstract: "Sees to the stock of a brand.",
        subcommands: [FeedsCommand.self]
    )
}
