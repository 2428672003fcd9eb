internal import ArgumentParser

/// `driveline inventory`: what operators do to the stock of all brands.
struct InventoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inventory", abstract: "Looks after the inventory's database.", subcommands: [VerifyCommand.self])
}
