import ArgumentParser

/// The command-line tool.
@main
struct Driveline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "driveline",
        abstract: "Runs the services of this project on one machine, and talks to them.",
        subcommands: [
            UpCommand.self, DownCommand.self, StatusCommand.self, LogsCommand.self, ResetCommand.self,
            DemoCommand.self, MigrateCommand.self,
            BrandsCommand.self, KeysCommand.self, InventoryCommand.self, LoadTestCommand.self, RPCCommand.self,
        ]
    )
}

/// Calls over the wire protocol of `docs/wire.md`.
struct RPCCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rpc",
        abstract: "Asks RPC servers what they offer, how they are, and makes calls.",
        subcommands: [ListCommand.self, HealthCommand.self, CallCommand.self]
    )
}
