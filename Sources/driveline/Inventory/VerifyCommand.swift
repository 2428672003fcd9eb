internal import ArgumentParser
internal import InventoryDomain
internal import InventoryService
internal import Postgres

/// `driveline inventory verify`: whether all stock is what its movements say.
struct VerifyCommand: AsyncParsableCommand {
    /// SKUs that one run repairs; where more differ, it says so and is run again.
    static let maximumRepairs = 100_000
    /// The exit code where it cannot be found out whether something differs.
    private static let cannotRun: Int32 = 2

    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Rebuilds all stock from its movements, and says where levels, lots, items and reservations differ.",
        discussion: """
            Reads the database driveline_inventory as of one moment, also while the service writes. The exit code is 0 \
            where everything agrees, 1 where something differs, and 2 where it cannot be found out. When a lot expires \
            only its own row says, so that cannot be verified.
            """)

    @Option(
        help: """
            Where the server is, as postgresql://USER@HOST:PORT; the database is put in. Else DRIVELINE_POSTGRES_URL \
            says it, which other processes cannot see.
            """)
    var postgresURL: String?

    @Option(help: "Only this brand's stock, by its id or short name, for which identity is asked; else everybody's.")
    var brand: String?

    @OptionGroup(title: "Identity, where --brand is a short name") var identity: IdentityConnection

    @Flag(help: "Writes JSON: an object a line for each difference and each repair, and one that sums up.")
    var json = false

    @Flag(help: "Shows the differences, asks, and writes movements that correct them.")
    var repair = false

    @Flag(name: .shortAndLong, help: "With --repair: does not ask.")
    var yes = false

    func validate() throws {
        guard self.repair || !self.yes else { throw ValidationError("--yes is for --repair") }
        guard !self.json || !self.repair || self.yes else {
            throw ValidationError("--json with --repair needs --yes: programs cannot be asked")
        }
    }

    func run() async throws {
        var isClean = false
        try await reportingFailure(exitCode: Self.cannotRun) {
            let url = try DatabaseServerURL.given(self.postgresURL).url(database: "driveline_inventory")
            isClean = try await self.verify(url, brand: try await self.brandID())
        }
        if !isClean { throw ExitCode(1) }
    }

    private func brandID() async throws -> PostgresUUID? {
        guard let brand else { return nil }
        if let id = PostgresUUID(brand) { return id }
        let told = try await self.identity.brandID(of: brand)
        guard let id = PostgresUUID(told) else { throw CommandError("identity says that \(brand) has the id \(told)") }
        return id
    }

    /// - Returns: Whether everything agrees in the end.
    private func verify(_ url: String, brand: PostgresUUID?) async throws -> Bool {
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        let pool = try PostgresPool(StockVerification.configuration(url: url), on: reactor)
        var report = VerifyReport(asJSON: self.json)
        var differing: [VerifyReport.Item] = []
        do {
            let progress = VerifyProgress()
            let summary = try await StockVerification(pool).run(brand: brand) { movements, about in
                progress.show(movements, of: brand == nil ? about : nil)
            } found: { finding in
                progress.clear()
                try report.show(finding)
                if self.repair, differing.count < Self.maximumRepairs { differing.append(VerifyReport.Item(finding)) }
            }
            progress.clear()
            if summary.differences > 0, self.repair, try self.isAgreed(differing.count, of: summary) {
                let repairs = StockRepairs(pool)
                for item in differing { try await self.mend(item, repairs, &report) }
            }
            try report.end(summary)
            await pool.shutDown()
            return summary.differingItems == report.mended
        } catch {
            await pool.shutDown(graceMilliseconds: 0)
            throw error
        }
    }

    private func mend(_ item: VerifyReport.Item, _ repairs: StockRepairs, _ report: inout VerifyReport) async throws {
        do {
            try report.show(try await repairs.repair(brand: item.brand, sku: item.sku), of: item)
        } catch let error as StockRepair.Impossible {
            try report.show(failure: "\(error)", of: item)
        } catch let error as PostgresError where error.code == .decoding || error.code == .server {
            // The others may be mended all the same.
            try report.show(failure: error.description, of: item)
        }
    }

    private func isAgreed(_ count: Int, of summary: StockVerification.Summary) throws -> Bool {
        if self.yes { return true }
        let more = summary.differingItems > count ? ", the first of \(summary.differingItems)" : ""
        Terminal.current.print("This writes movements that correct \(count) SKUs\(more). Write yes to go on:")
        guard Terminal.current.readLine()?.lowercased() == "yes" else {
            Terminal.current.print("nothing was changed")
            return false
        }
        return true
    }
}
