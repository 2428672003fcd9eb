import CatalogAPI
import CatalogDomain
import CatalogMessages
import Postgres
import RPC
import RPCMessages
import Testing

@testable import CatalogService

@Suite("What a part fits, over RPC")
struct AddFitmentsTests {
    @Test("fitments are read back as they were added, and raise the product's version once, with one event")
    func addition() async throws {
        try await FitmentHarness.with { harness in
            try await harness.save("A")
            let full = Fitment.toyota {
                $0.attributes = [.init(kind: .engine, name: "2.5L L4"), .init(kind: .region, id: 1)]
                $0.qualifiers = [.init(id: 7, text: "with x", parameters: [.init(value: "1", unit: "IN")])]
                $0.notes = [.init(text: "With towing package", id: 3, language: "EN")]
                ($0.quantity, $0.position, $0.assetName, $0.displayOrder) = (2, "Front", "PIC", 4)
                ($0.manufacturerLabel, $0.reference, $0.unvalidated, $0.partBrandCode) = ("Pro", "r1", true, "BMNN")
            }
            let response = try await harness.add([.base(1939), full], to: "A")
            #expect(response.added == 2 && response.warnings == [])
            #expect(response.fitments.map(\.fitmentID.utf8.count) == [32, 32])
            let listed = try await harness.list("A")
            #expect(listed == response.fitments.sorted { $0.vehicle!.baseVehicleID > $1.vehicle!.baseVehicleID })
            var expected = full
            (expected.sku, expected.origin, expected.fitmentID) = ("A", .call, response.fitments[1].fitmentID)
            #expect(listed[1] == expected)
            #expect(try await harness.version("A") == 2)
            #expect(try await harness.told("A") == [[2, 0]])
        }
    }

    @Test("what is there already changes nothing; another quantity is taken over, whatever the order of notes is")
    func repeats() async throws {
        try await FitmentHarness.with { harness in
            try await harness.save("A")
            let fitment = Fitment.toyota { $0.notes = [.init(text: "a"), .init(text: "b")] }
            let first = try await harness.add([fitment], to: "A")
            #expect(try await harness.add([fitment], to: "A").added == 0)
            #expect(try await harness.version("A") == 2)
            var other = fitment
            other.notes.reverse()
            other.quantity = 4
            let second = try await harness.add([fitment, other], to: "A")
            #expect(second.added == 0 && second.fitments.count == 1)
            #expect(second.fitments.map(\.fitmentID) == first.fitments.map(\.fitmentID))
            #expect(try await harness.list("A").map(\.quantity) == [4])
            #expect(try await harness.version("A") == 3)
            #expect(try await harness.told("A") == [[1, 0], [1, 1]])
        }
    }

    @Test("the product must be there and have the version; of another brand it is not")
    func refusals() async throws {
        try await FitmentHarness.with { harness in
            try await harness.save("A")
            func refusal(_ sku: String, _ version: UInt64? = nil) async throws -> String {
                try await harness.refusal { try await harness.add([.toyota()], to: sku, expecting: version) }
            }
            #expect(try await refusal("B") == "product-not-found")
            #expect(try await refusal("B", 1) == "version-conflict")
            #expect(try await refusal("A", 2) == "version-conflict")
            #expect(try await refusal("A", 1) == "")
            let other = try harness.client(of: PostgresUUID(high: 1, low: 1))
            defer { other.shutDown() }
            let client = FitmentHarness(brand: harness.brand, pool: harness.pool, server: harness.server, rpc: other)
            #expect(try await harness.refusal { _ = try await client.list("A") } == "product-not-found")
            #expect(try await client.find().products.isEmpty)
            #expect(try await harness.list("A").count == 1)
            #expect(try await harness.refusal { _ = try await harness.list("B") } == "product-not-found")
        }
    }

    @Test("bad fitments are refused by name and reason, and none of the call is added")
    func badInput() async throws {
        try await FitmentHarness.with { harness in
            try await harness.save("A")
            let bad: [Fitment] = [
                .toyota("Camry", 0, 2020), .toyota("Camry", 2020, 9999 - 8000), .toyota("Camry", 2022, 2018),
                Fitment(vehicle: VehicleSelector()), .base(1) { $0.vehicle?.make = "Toyota" },
                .toyota { $0.attributes = [.init(kind: .init(rawValue: 99), id: 1)] },
                .toyota { $0.notes = [.init(text: " ")] }, .toyota { $0.sku = "B" },
            ]
            for fitment in bad {
                let error = await #expect(throws: RPCError.self) {
                    try await harness.add([.toyota(), fitment], to: "A")
                }
                #expect(error?.problem?.type == "invalid-fitment", "\(fitment)")
                #expect(error?.problem?.fields.first?.field.hasPrefix("fitments[1].") ?? false, "\(fitment)")
            }
            #expect(try await harness.list("A").isEmpty)
            let long = Fitment.toyota { $0.notes = [.init(text: String(repeating: "n", count: 9_000))] }
            #expect(try await harness.refusal { try await harness.add([long], to: "A") } == "field-invalid")
        }
    }

    @Test("unknown names are taken, with the nearest that there are")
    func warnings() async throws {
        try await FitmentHarness.with { harness in
            try await harness.save("A")
            let response = try await harness.add(
                [
                    .toyota("Camri"), .toyota { $0.vehicle?.make = "Toyoda" }, .toyota(),
                    .toyota("Camry", 2020, 2029),
                    Fitment(vehicle: VehicleSelector(yearFrom: 2004, yearTo: 2012, make: "Pontiac", model: "GTO")),
                ], to: "A")
            #expect(response.added == 5)
            #expect(response.warnings.map(\.type) == ["unknown-model", "unknown-make", "year-outside-model"])
            #expect(response.warnings.map(\.index) == [0, 1, 4])
            #expect(response.warnings[0].suggestions.first == "Camry")
            #expect(response.warnings[1].suggestions.first == "Toyota")
        }
    }

    @Test("a fitment is taken back once; the product's own is not")
    func deletion() async throws {
        try await FitmentHarness.with { harness in
            try await harness.save("A") { $0.compatibility = [.init(make: "Toyota", model: "Camry", yearFrom: 2018)] }
            let added = try await harness.add([.base(1)], to: "A")
            func delete(_ sku: String, _ id: String) async throws -> String {
                try await harness.refusal {
                    _ = try await harness.client.deleteFitment(DeleteFitmentRequest(sku: sku, fitmentID: id))
                }
            }
            let own = try #require(try await harness.list("A").first { $0.origin == .product })
            #expect(try await delete("A", own.fitmentID) == "fitment-of-product")
            #expect(try await delete("B", added.fitments[0].fitmentID) == "fitment-not-found")
            #expect(try await delete("A", added.fitments[0].fitmentID) == "")
            #expect(try await delete("A", added.fitments[0].fitmentID) == "fitment-not-found")
            #expect(try await harness.list("A") == [own])
            #expect(try await harness.version("A") == 3)
            #expect(try await harness.told("A") == [[1, 0], [0, 1]])
        }
    }

    @Test("those who add at once each add theirs; the version rises with each")
    func concurrency() async throws {
        try await FitmentHarness.with { harness in
            try await harness.save("A")
            let added = try await withThrowingTaskGroup(of: UInt32.self) { group in
                for number in UInt32(0)..<24 {
                    group.addTask {
                        try await harness.add([.base(1 + number % 12), .base(100 + number)], to: "A").added
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(added == 36)
            #expect(try await harness.list("A").count == 36)
            #expect(try await harness.version("A") == 25)
            #expect(try await harness.told("A").map { $0[0] }.reduce(0, +) == 36)
        }
    }

    @Test("lists go by pages, by vehicle and by filter")
    func lists() async throws {
        try await FitmentHarness.with { harness in
            try await harness.save("A")
            try await harness.add(
                (0..<7).map { .toyota("Camry", 2000 + $0, 2001 + $0) } + [.toyota("Corolla"), .base(5), .toyota("")],
                to: "A")
            let all = try await harness.list("A")
            #expect(try await harness.list("A") { $0.pageSize = 3 } == all)
            #expect(all.count == 10)
            #expect(try await harness.list("A") { ($0.make, $0.model, $0.year) = ("TOYOTA", "camry", 2001) }.count == 2)
            #expect(try await harness.list("A") { $0.make = "Toyota" }.count == 9)
            #expect(try await harness.list("A") { $0.baseVehicleID = 5 }.count == 1)
            let refusal = try await harness.refusal { _ = try await harness.list("A") { $0.pageToken = "00" } }
            #expect(refusal == "field-invalid")
            #expect(
                try await harness.refusal { _ = try await harness.list("A") { $0.model = "Camry" } } == "field-invalid")
        }
    }

    @Test("a page of long fitments ends early, and none is left out")
    func longFitments() async throws {
        try await FitmentHarness.with { harness in
            try await harness.save("A")
            for part in 0..<4 {
                let fitments = (0..<50).map { number in
                    Fitment.toyota { fitment in
                        fitment.notes = (0..<4).map {
                            .init(text: "\(part) \(number) \($0) " + String(repeating: "n", count: 7_000))
                        }
                    }
                }
                try await harness.add(fitments, to: "A")
            }
            let first = try await harness.client.listFitments(ListFitmentsRequest(sku: "A", pageSize: 200))
            #expect((30..<50).contains(first.fitments.count) && !first.nextPageToken.isEmpty)
            #expect(Set(try await harness.list("A") { $0.pageSize = 200 }.map(\.fitmentID)).count == 200)
            let found = try await harness.find()
            #expect(found.products.map(\.sku) == ["A"] && (30..<50).contains(found.products[0].fitments.count))
        }
    }

    @Test("a product has no more than its limit")
    func limit() async throws {
        try await FitmentHarness.with { harness in
            try await harness.save("A")
            try await harness.add([.base(1)], to: "A")
            try await harness.pool.runScript(
                """
                insert into fitment (bucket, brand_id, sku, fitment_id, origin, document_name, vehicle_key, year_from, year_to,
                    review_key, document)
                select bucket, brand_id, sku, md5(n::text)::uuid, 3, '', 'b' || n, 0, 0, '', document
                from fitment, generate_series(2, \(Fitments.maximumPerProduct)) n
                """)
            #expect(try await harness.refusal { try await harness.add([.base(1)], to: "A") } == "")
            #expect(try await harness.refusal { try await harness.add([.base(7)], to: "A") } == "too-many")
        }
    }
}
