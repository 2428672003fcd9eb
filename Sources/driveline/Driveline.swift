import ArgumentParser

/// The command-line tool.
@main
struct Driveline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "driveline",
        abstract: "Talks to the services of this project.",
        subcommands: [MigrateCommand.self, RPCCommand.self, BrandsCommand.self, KeysCommand.self]
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
