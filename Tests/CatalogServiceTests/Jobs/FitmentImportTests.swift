import CatalogMessages
import DrivelineTesting
import Jobs
import Postgres
import TestSupport
import Testing

@testable import CatalogService

@Suite(.timeLimit(.minutes(5))) struct FitmentImportTests {
    private static let options = CatalogImportOptions(format: .aces, createProducts: true)

    private static func many(_ count: Int, parts: Int, from: Int = 0) -> [String] {
        (0..<count).map {
            SampleACES.application(
                $0 + 1, "P\($0 % parts)", vehicle: from + $0 + 1, note: $0 % 3 == 0 ? "n\($0 % 5)" : nil)
        }
    }

    @Test("A full file replaces what the same document brought before, and leaves other documents alone")
    func full() async throws {
        try await FileHarness.with { files in
            let other = try await files.imported(
                SampleACES.file(Self.many(3, parts: 3, from: 900), title: "Other"), Self.options)
            #expect(other.state == .succeeded && other.fitmentsAdded == 3 && other.productsCreated == 3)
            let first = try await files.imported(SampleACES.file(Self.many(60, parts: 7)), Self.options)
            #expect(first.records == 60 && first.fitmentsAdded == 60 && first.productsCreated == 4)
            let again = try await files.imported(SampleACES.file(Self.many(60, parts: 7)), Self.options)
            #expect(again.fitmentsAdded == 0 && again.fitmentsRemoved == 0 && again.unchanged == 60)
            let second = try await files.imported(SampleACES.file(Self.many(50, parts: 7)), Self.options)
            #expect(second.fitmentsAdded == 0 && second.fitmentsRemoved == 10 && second.unchanged == 50)
            #expect(try await files.fitments().count == 53)
            #expect(try await files.staged() == 0)
        }
    }

    @Test("An update file adds and deletes by content, replaces what is told beside it, and the last record counts")
    func update() async throws {
        try await FileHarness.with { files in
            _ = try await files.imported(SampleACES.file(Self.many(10, parts: 2)), Self.options)
            let found = try await files.imported(
                SampleACES.file(
                    [
                        SampleACES.application(1, "P1", vehicle: 2, action: "D"),
                        SampleACES.application(2, "P1", vehicle: 77),
                        SampleACES.application(3, "P0", vehicle: 3, quantity: 4),
                        SampleACES.application(4, "P1", vehicle: 99, action: "D"),
                        SampleACES.application(5, "P1", vehicle: 88),
                        SampleACES.application(6, "P1", vehicle: 88, action: "D"),
                    ], mode: "UPDATE"), Self.options)
            #expect(found.state == .succeeded && found.fitmentsAdded == 2 && found.fitmentsRemoved == 1)
            let fitments = try await files.fitments()
            #expect(fitments.count == 10 && fitments.count { $0.hasSuffix(" 4") } == 1)
        }
    }

    @Test("Undoing an import gives back what was there, but for parts that it made")
    func undo() async throws {
        try await FileHarness.with { files in
            _ = try await files.imported(SampleACES.file(Self.many(20, parts: 3)), Self.options)
            let before = try await files.fitments()
            let file = SampleACES.file(
                Self.many(12, parts: 3) + [
                    SampleACES.application(13, "P0", vehicle: 500),
                    SampleACES.application(14, "P1", vehicle: 20, quantity: 9),
                ])
            let found = try await files.imported(file, Self.options)
            #expect(found.fitmentsAdded > 0 && found.fitmentsRemoved > 0)
            #expect(try await files.fitments() != before)
            #expect(try await files.undo(found) == [])
            #expect(try await files.fitments() == before)
        }
    }

    @Test("Conflicts within a file are counted")
    func conflicts() async throws {
        try await FileHarness.with { files in
            let found = try await files.imported(
                SampleACES.file([
                    SampleACES.application(1, "A", vehicle: 1), SampleACES.application(2, "B", vehicle: 1),
                    SampleACES.application(3, "A", vehicle: 2), SampleACES.application(4, "A", vehicle: 2),
                    SampleACES.application(5, "A", vehicle: 3), SampleACES.application(6, "A", vehicle: 3, note: "x"),
                ]), Self.options)
            #expect(found.overlaps == 1 && found.duplicates == 1 && found.commentNoComments == 1)
            #expect(found.fitmentsAdded == 5)
        }
    }

    @Test("Conflicts are counted year by year, as the report on fitments finds them")
    func conflictsOfYears() async throws {
        try await FileHarness.with { files in
            let file = """
                sku,yearFrom,yearTo,make,model,position,notes
                A,2010,2015,Toyota,Camry,Front,
                B,2014,2020,Toyota,Camry,Front,
                B,2019,2022,Toyota,Camry,Front,
                C,2021,2021,Toyota,Camry,Front,not for taxis
                A,2010,2015,Honda,Civic,Front,
                B,2016,2020,Honda,Civic,Front,

                """
            let options = CatalogImportOptions(format: .fitmentCsv, createProducts: true)
            let found = try await files.imported(file, options)
            #expect(found.state == .succeeded && found.fitmentsAdded == 6, "\(String(describing: found.problem))")
            // 2014 and 2015: A and B; 2019 and 2020: B twice; 2021: C has a condition, and B has none.
            #expect(found.overlaps == 1 && found.duplicates == 1 && found.commentNoComments == 1)
        }
    }

    @Test("Each part whose fitments change has one event and a new version, however many pieces there are")
    func events() async throws {
        try await FileHarness.with { files in
            _ = try await files.imported(SampleACES.file(Self.many(60, parts: 20)), Self.options)
            let events = try await files.catalog.events().filter { $0.type == "catalog.fitments.changed" }
            #expect(events.map(\.subject).sorted() == (0..<20).map { "P\($0)" }.sorted())
            #expect(try await files.catalog.number("select count(*) from product where version = 2") == 20)
            // Only P0 is not as it was: one goes, and one comes.
            let changed = Self.many(60, parts: 20).dropFirst() + [SampleACES.application(61, "P0", vehicle: 900)]
            let found = try await files.imported(SampleACES.file(Array(changed)), Self.options)
            #expect(found.fitmentsAdded == 1 && found.fitmentsRemoved == 1 && found.unchanged == 59)
            let further = try await files.catalog.events().filter { $0.type == "catalog.fitments.changed" }
            #expect(further.count == 21)
            #expect(try await files.catalog.number("select count(*) from product where version = 3") == 1)
            #expect(further.suffix(21).count { $0.subject == "P0" } == 2)
        }
    }

    @Test("What a product's own compatibility and calls say is no file's to remove")
    func others() async throws {
        try await FileHarness.with { files in
            let product = Product(
                sku: "P0", name: "Pad",
                compatibility: [Compatibility(make: "Toyota", model: "Camry", yearFrom: 2018, yearTo: 2022)])
            try await files.catalog.save(product)
            try await files.catalog.pool.runScript(
                """
                insert into fitment select bucket, brand_id, sku, gen_random_uuid(), 2, null, '', 'b77', 0, 0, review_key,
                    document from fitment
                """)
            _ = try await files.imported(SampleACES.file(Self.many(3, parts: 1)), Self.options)
            #expect(try await files.fitments().count == 5)
            let found = try await files.imported(
                SampleACES.file([SampleACES.application(1, "P1", vehicle: 5)]), Self.options)
            #expect(found.fitmentsRemoved == 3)
            #expect(try await files.catalog.number("select count(*) from fitment where origin = 1") == 1)
            #expect(try await files.catalog.number("select count(*) from fitment where origin = 2") == 1)
        }
    }

    @Test("A full file removes the fitments of parts that it leaves out, among more of them than a piece has")
    func leftOut() async throws {
        try await FileHarness.with { files in
            _ = try await files.imported(SampleACES.file(Self.many(900, parts: 900)), Self.options)
            let found = try await files.imported(SampleACES.file(Self.many(20, parts: 900)), Self.options)
            #expect(found.fitmentsRemoved == 880 && found.unchanged == 20)
            #expect(try await files.fitments().count == 20)
            #expect(try await files.undo(found) == [])
            #expect(try await files.fitments().count == 900)
            let again = try await files.imported(SampleACES.file(Self.many(1, parts: 900)), Self.options)
            #expect(again.fitmentsRemoved == 899)
        }
    }

    @Test("A dry run says what would change, and changes nothing")
    func dryRun() async throws {
        try await FileHarness.with { files in
            _ = try await files.imported(SampleACES.file(Self.many(10, parts: 2)), Self.options)
            let before = try await files.fitments()
            var options = Self.options
            options.dryRun = true
            let found = try await files.imported(
                SampleACES.file(Self.many(8, parts: 2) + [SampleACES.application(9, "P0", vehicle: 400)]), options)
            #expect(found.fitmentsAdded == 1 && found.fitmentsRemoved == 2 && found.unchanged == 8)
            #expect(try await files.fitments() == before)
            #expect(
                try await files.lines(.differences, of: found).sorted() == [
                    #"{"fitmentsAdded":0,"fitmentsRemoved":1,"sku":"P1"}"#,
                    #"{"fitmentsAdded":1,"fitmentsRemoved":1,"sku":"P0"}"#,
                ])
        }
    }

    @Test("A file that is cut off, miscounted or no ACES changes nothing, and says where and why")
    func wrongFiles() async throws {
        try await FileHarness.with { files in
            _ = try await files.imported(SampleACES.file(Self.many(5, parts: 2)), Self.options)
            let before = try await files.fitments()
            // More than a step has: the first ones are kept apart before the fault shows.
            let whole = SampleACES.file(Self.many(1_000, parts: 2))
            let wrong = [
                (String(whole.prefix(whole.count - 40)), "truncated"),
                (SampleACES.file(Self.many(1_000, parts: 2), count: 1_001), "record-count"),
                ("<html></html>", "wrong-root"),
                ("<!DOCTYPE a [<!ENTITY b \"c\">]>" + whole, "doctype"),
            ]
            for (file, code) in wrong {
                let found = try await files.imported(file, Self.options)
                #expect(found.state == .failed && found.problem?.code == code, "\(found.problem?.code ?? "")")
                #expect(try await files.fitments() == before)
                #expect(try await files.staged() == 0)
            }
        }
    }

    @Test(
        "Records that cannot be taken are told with their lines; without permission to make parts, those of unknown ones too"
    )
    func refused() async throws {
        try await FileHarness.with { files in
            try await files.catalog.save(Product(sku: "P0", name: "Pad"))
            let found = try await files.imported(
                SampleACES.file([
                    SampleACES.application(1, "P0", vehicle: 1), SampleACES.application(2, "P9", vehicle: 1),
                    SampleACES.application(3, "P0", vehicle: 0),
                ]), CatalogImportOptions(format: .aces))
            #expect(found.state == .succeeded && found.fitmentsAdded == 1 && found.recordsFailed == 2)
            let lines = try await files.lines(.failedRecords, of: found)
            #expect(lines.count == 2)
            #expect(
                lines.contains { $0.contains("\"line\":5") && $0.contains("product-not-found") && $0.contains("P9") })
            #expect(lines.contains { $0.contains("\"line\":6") })
        }
    }

    @Test("An import that is interrupted again and again ends as one that is not, wherever it is cut")
    func interrupted() async throws {
        try await FileHarness.with { files in
            var random = SeededGenerator(seed: testSeed())
            let file = SampleACES.file(Self.many(3_000, parts: 300))
            let job = try await files.begin(file, Self.options)
            var found = job
            var cuts = 0
            while !found.state.isFinal, cuts < 200 {
                let runner = Task {
                    await files.jobs.run(as: FileHarness.anyRunner, configuration: FileHarness.configuration)
                }
                let deadline = ContinuousClock.now + .milliseconds(Int.random(in: 1...250, using: &random))
                repeat {
                    try await Task.sleep(for: .milliseconds(5))
                    found = try await files.jobs.jobs.find(job.id, brand: job.brand) ?? found
                } while ContinuousClock.now < deadline && !found.state.isFinal
                runner.cancel()
                await runner.value
                cuts += 1
            }
            let done = try CatalogImport(try await files.finish(found))
            #expect(done.state == .succeeded, "\(String(describing: done.problem))")
            #expect(done.records == 3_000 && done.fitmentsAdded == 3_000 && done.productsCreated == 300)
            #expect(done.unchanged == 0 && done.fitmentsRemoved == 0)
            #expect(try await files.fitments().count == 3_000)
            #expect(try await files.staged() == 0)
        }
    }
}
