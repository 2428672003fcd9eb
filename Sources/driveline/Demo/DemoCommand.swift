internal import ArgumentParser
internal import Demo
internal import Foundation
internal import LocalSystem

/// `driveline demo`: a brand to try the system with, and a day of its life.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Sets up a brand to try the system with, and lets a day of orders happen to it.",
        subcommands: [Day.self, Setup.self],
        defaultSubcommand: Day.self)

    struct Setup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sets up the brand, or puts it back, and shows its key and some calls.")

        @OptionGroup var data: FolderOptions

        func run() async throws {
            try await reportingDemo {
                for line in try await DemoSystem.running(in: self.data.folder).setUp() { Terminal.current.print(line) }
            }
        }
    }

    struct Day: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "day",
            abstract: "Replays a day of receipts, orders, parcels and returns, as fast as it goes.",
            discussion: "What happens is decided by the seed; the orders of each run are new ones.")

        @OptionGroup var data: FolderOptions

        @Option(help: ArgumentHelp("How many orders are placed, about.", valueName: "count"))
        var orders = 500

        @Option(help: ArgumentHelp("What chance goes by.", valueName: "number"))
        var seed: UInt64 = 1

        func validate() throws {
            guard (1...100_000).contains(self.orders) else {
                throw ValidationError("--orders must be from 1 to 100000")
            }
        }

        func run() async throws {
            try await reportingDemo {
                let system = try DemoSystem.running(in: self.data.folder)
                let began = ContinuousClock.now
                let name = String(Int(Date().timeIntervalSince1970 * 1_000), radix: 36).uppercased()
                let terminal = Terminal.current
                terminal.print(DemoTable.head)
                let day = try await system.withServices { services in
                    try await DemoBrand.setUp(services)
                    return try await DemoDay(services, name: name, seed: self.seed, orders: self.orders)
                        .run { hour, tally in terminal.print(DemoTable.line(hour, tally)) }
                }
                for line in DemoTable.summary(day, after: ContinuousClock.now - began) { terminal.print(line) }
            }
        }
    }
}

/// Runs a command's work on the demo brand; a failure becomes one line of complaint and an exit code.
private func reportingDemo(_ work: () async throws -> Void) async throws {
    try await reportingFailure {
        do { try await work() } catch let error as DemoError { throw CommandError(error.description) }
    }
}
