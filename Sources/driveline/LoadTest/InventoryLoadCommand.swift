internal import ArgumentParser
internal import LoadTesting
internal import RPC

/// `driveline load-test inventory`: reads, updates and reservations of stock.
struct InventoryLoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inventory",
        abstract: "Puts load on inventory; the exit code is 1 where a check does not hold.",
        discussion: """
            It sets the stock of SKUs of its own, calls for a while, and adds up at the end what there must be. The \
            mix is `all`, a part of it (reads, cold-reads, updates, reservations), or shares of parts such as \
            reads=80,updates=15,reservations=5.

            With --rate, so many calls are due in a second, and latency counts from when a call was due; without it, \
            each caller calls again as soon as it is answered.

            On a system of `driveline up`, --prepare is all that is needed.
            """)

    @OptionGroup var target: LoadTarget

    @Option(
        help: ArgumentHelp("What is called for; `all` is \(LoadMix.all).", valueName: "mix"),
        transform: { text in
            guard let mix = LoadMix(text) else {
                throw ValidationError(
                    "\(text) is not a mix; give all, one of \(LoadMix.Part.allCases.map(\.rawValue)), or shares of them "
                        + "such as reads=80,updates=15,reservations=5")
            }
            return mix
        })
    var mix = LoadMix.all

    @Option(help: "Calls per second over all connections; without it, as many as are answered.")
    var rate: Double?

    @Option(help: "Connections.")
    var connections = 8

    @Option(help: "Calls under way on each connection at most; by default 16, and 256 with --rate.")
    var outstanding: Int?

    @Option(help: "Threads that call.")
    var threads = 2

    @Option(help: "The seconds before the measured time.")
    var warmUp = 2.0

    @Option(help: "The measured seconds.")
    var duration = 10.0

    @Option(help: "Repeats the choices of a run; without it, others each time.")
    var seed: UInt64?

    @Option(help: "How long a call may take, in seconds.")
    var timeout = 5.0

    @Option(help: "The SKUs.")
    var skus = 1_000

    @Option(help: "The locations of each SKU.")
    var locations = 3

    @Option(help: "The units at each location at the beginning.")
    var units: Int64 = 1_000

    @Option(help: "How much more the first SKUs are asked for than the last: Zipf's exponent, 0 for all alike.")
    var skew = 0.99

    @Flag(help: "Lets calls fail without failing the test, for tests that stop servers on purpose.")
    var tolerateFailures = false

    @Option(name: .customLong("json"), help: ArgumentHelp("Writes the figures as JSON.", valueName: "file"))
    var jsonFile: String?

    @Option(name: .customLong("svg"), help: ArgumentHelp("Draws the figures.", valueName: "file"))
    var svgFile: String?

    func validate() throws {
        try Self.check("--rate", self.rate ?? 1, LoadPlan.rates)
        try Self.check("--connections", self.connections, LoadPlan.connectionCounts)
        try Self.check("--outstanding", self.outstanding ?? 1, LoadPlan.outstandingCounts)
        try Self.check("--threads", self.threads, LoadPlan.threadCounts)
        try Self.check("--warm-up", self.warmUp, LoadPlan.warmUps)
        try Self.check("--duration", self.duration, LoadPlan.durations)
        try Self.check("--timeout", self.timeout, LoadPlan.timeouts)
        try Self.check("--skus", self.skus, LoadPlan.skuCounts)
        try Self.check("--locations", self.locations, LoadPlan.locationCounts)
        try Self.check("--units", self.units, LoadPlan.unitCounts)
        try Self.check("--skew", self.skew, LoadPlan.skews)
    }

    private static func check<Number: Comparable>(
        _ name: String, _ number: Number, _ range: ClosedRange<Number>
    ) throws {
        guard range.contains(number) else {
            throw ValidationError("\(name) must be from \(range.lowerBound) to \(range.upperBound)")
        }
    }

    func run() async throws {
        var isSound = false
        try await reportingFailure {
            let files = try [self.jsonFile, self.svgFile].map { try $0.map { try ReportFile($0) } }
            let outcome = try await self.measure()
            let report = LoadReport(outcome)
            for line in report.headLines + [""] + report.tableLines + [""] + report.closingLines {
                Terminal.current.print(line)
            }
            try files[0]?.write(JSONText.text(of: report) + "\n")
            try files[1]?.write(LatencyChart(outcome).text)
            isSound = report.isSound(toleratingFailures: self.tolerateFailures)
        }
        if !isSound { throw ExitCode(1) }
    }

    private func measure() async throws -> LoadTest.Outcome {
        let plan = self.plan
        let terminal = Terminal.current
        return try await self.target.withConnection { connection in
            let test = LoadTest(plan) { group in
                try connection.makeClient(group: group, LoadTest.configure)
            } tell: { line in
                terminal.complain(line)
            }
            do {
                return try await test.run()
            } catch let error as LoadTestError {
                throw CommandError("\(error)")
            }
        }
    }

    /// What the options ask for.
    var plan: LoadPlan {
        var plan = LoadPlan()
        plan.mix = self.mix
        plan.pacing = self.rate.map { .open(callsPerSecond: $0) } ?? .closed
        plan.connections = self.connections
        plan.outstanding = self.outstanding ?? (self.rate == nil ? 16 : 256)
        plan.threads = self.threads
        plan.warmUpSeconds = self.warmUp
        plan.durationSeconds = self.duration
        plan.seed = self.seed ?? UInt64.random(in: 0..<1_000_000_000)
        plan.timeout = .seconds(self.timeout)
        plan.skus = self.skus
        plan.locations = self.locations
        plan.units = self.units
        plan.skew = self.skew
        return plan
    }
}
