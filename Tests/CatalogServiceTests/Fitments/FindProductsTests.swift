import CatalogAPI
import CatalogDomain
import CatalogMessages
import Postgres
import RPC
import RPCMessages
import Testing

@testable import CatalogService

@Suite("What fits a vehicle, over RPC")
struct FindProductsTests {
    private func setUp(_ harness: FitmentHarness) async throws {
        for sku in ["A", "B", "C", "D"] { try await harness.save(sku) }
        try await harness.add([.toyota()], to: "A")
        try await harness.add(
            [
                .toyota { $0.attributes = [.init(kind: .engine, name: "2.5L L4")] },
                .toyota("Corolla") { $0.attributes = [.init(kind: .engine, name: "1.8L L4")] },
            ], to: "B")
        try await harness.add([.toyota("Camry", 2010, 2017), .toyota("Corolla")], to: "C")
        try await harness.add([.toyota("") { $0.notes = [.init(text: "with hook")] }], to: "D")
    }

    @Test("by name in any spelling; with what is still to be asked, and the answers that make a difference")
    func byName() async throws {
        try await FitmentHarness.with { harness in
            try await self.setUp(harness)
            let found = try await harness.find { ($0.make, $0.model) = ("TOYOTA ", "camry") }
            #expect(found.products.map(\.sku) == ["A", "B", "D"])
            #expect(found.products.map(\.isCertain) == [true, false, false])
            #expect(found.products[0].name == "Part A" && found.products[0].status == .available)
            #expect(found.questions.map(\.name) == ["engine", "condition"])
            #expect(found.questions.map(\.choices) == [["2.5L L4"], ["with hook"]])
            #expect(found.vehicle?.model == "Camry" && found.vehicle?.engines.isEmpty == false)
            let engine = try await harness.find { $0.engine = "2.5L 4 cyl" }
            #expect(engine.products.map(\.isCertain) == [true, true, false])
            #expect(engine.questions.map(\.name) == ["condition"])
            #expect(try await harness.find { $0.engine = "3.5L V6" }.products.map(\.sku) == ["A", "D"])
            #expect(try await harness.find { $0.year = 2012 }.products.map(\.sku) == ["C"])
            #expect(try await harness.list("B").count == 2)
        }
    }

    @Test("by base vehicle, with ids of attributes, position and part type")
    func byID() async throws {
        try await FitmentHarness.with { harness in
            try await harness.save("A")
            try await harness.save("B") { $0.partTypeID = 1896 }
            try await harness.add([.base(1939) { $0.attributes = [.init(kind: .engineBase, id: 7)] }], to: "A")
            try await harness.add([.base(1939) { ($0.partTypeID, $0.positionID) = (0, 22) }, .base(1940)], to: "B")
            func find(_ change: (inout FindProductsRequest) -> Void = { _ in }) async throws -> [String] {
                var request = FindProductsRequest(baseVehicleID: 1939)
                change(&request)
                return try await harness.client.findProducts(request).products.map {
                    "\($0.sku)\($0.isCertain ? "" : "?")"
                }
            }
            #expect(try await find() == ["A?", "B"])
            #expect(try await find { $0.engineBaseID = 7 } == ["A", "B"])
            #expect(try await find { $0.engineBaseID = 8 } == ["B"])
            #expect(try await find { $0.positionID = 30 } == ["A?"])
            #expect(try await find { $0.partTypeID = [6832] } == ["A?"])
            #expect(try await find { $0.partTypeID = [1896] } == ["B"])
            #expect(try await find { $0.partType = ["disc brake pad SET"] } == ["A?", "B"])
            #expect(try await find { $0.baseVehicleID = 1941 } == [])
            for (bad, field) in [
                (FindProductsRequest(year: 2020, baseVehicleID: 1), "baseVehicleId"), (FindProductsRequest(), "year"),
                (FindProductsRequest(year: 2020, make: "Toyota"), "model"),
                (FindProductsRequest(year: 1, make: "Toyota", model: "Camry"), "year"),
            ] {
                let error = await #expect(throws: RPCError.self) { try await harness.client.findProducts(bad) }
                #expect(error?.problem?.fields.map(\.field) == [field])
            }
        }
    }

    @Test("by VIN, which is told in no answer; one that is wrong is refused")
    func byVIN() async throws {
        try await FitmentHarness.with { harness in
            try await self.setUp(harness)
            // A Camry of 2018.
            let vin = "4T1B11HK5JU000001"
            let right = try await harness.client.decodeVin(DecodeVINRequest(vin: vin))
            #expect(right.vehicle?.make.lowercased() == "toyota" && right.vehicle?.year == 2018)
            func find(_ vin: String) async throws -> FindProductsResponse {
                try await harness.client.findProductsByVin(FindProductsByVINRequest(vin: vin))
            }
            var valid = Array(vin)
            for digit in "0123456789X" {
                valid[8] = digit
                if try await harness.client.decodeVin(DecodeVINRequest(vin: String(valid))).isCheckDigitRight { break }
            }
            let found = try await find(String(valid))
            #expect(found.products.map(\.sku) == ["A", "B", "D"])
            #expect(found.vehicle?.model == "Camry" && found.vehicle?.year == 2018)
            valid[8] = valid[8] == "1" ? "2" : "1"
            #expect(try await harness.refusal { _ = try await find(String(valid)) } == "vin-invalid")
            for bad in ["1", "IT1B11HK5JU000001", String(repeating: "\u{301}", count: 16)] {
                let error = await #expect(throws: RPCError.self) { try await find(bad) }
                #expect(error?.problem?.type == "vin-invalid")
                #expect(!(error?.message.contains("JU000001") ?? true))
                #expect(
                    try await harness.refusal { _ = try await harness.client.decodeVin(.init(vin: bad)) }
                        == "vin-invalid")
            }
        }
    }

    @Test("a page has its size, the next goes on behind it, and a token serves its own question only")
    func pages() async throws {
        try await FitmentHarness.with { harness in
            for number in 10..<40 {
                try await harness.save("P\(number)")
                let year = Int32(number % 3 == 0 ? 2015 : 2018)
                try await harness.add(
                    (0..<9).map {
                        .toyota("Camry", year, 2020 - $0 % 2 - Int32(number % 3 == 0 ? 3 : 0)) { [number] in
                            $0.notes = [.init(text: "\(number)")]
                        }
                    }, to: "P\(number)")
            }
            var request = FindProductsRequest(year: 2019, make: "Toyota", model: "Camry", pageSize: 7)
            var skus: [String] = []
            var sizes: [Int] = []
            repeat {
                let page = try await harness.client.findProducts(request)
                skus += page.products.map(\.sku)
                sizes.append(page.products.count)
                request.pageToken = page.nextPageToken
            } while !request.pageToken.isEmpty
            #expect(skus == (10..<40).filter { $0 % 3 != 0 }.map { "P\($0)" })
            #expect(sizes == [7, 7, 6])
            let first = try await harness.client.findProducts(
                FindProductsRequest(year: 2019, make: "Toyota", model: "Camry", pageSize: 7))
            let refusal = try await harness.refusal {
                _ = try await harness.find { ($0.model, $0.pageToken) = ("Corolla", first.nextPageToken) }
            }
            #expect(refusal == "field-invalid")
        }
    }

    @Test("a product of very many fitments is matched by all of them, and answered with some")
    func many() async throws {
        try await FitmentHarness.with { harness in
            for sku in ["A", "B", "C", "D"] { try await harness.save(sku) }
            for part in 0..<3 {
                try await harness.add(
                    (0..<900).map { number in .toyota { $0.notes = [.init(text: "\(part) \(number)")] } }, to: "B")
            }
            for sku in ["A", "B", "C"] { try await harness.add([.toyota()], to: sku) }
            try await harness.add(
                (0..<150).map { number in .toyota { $0.notes = [.init(text: "\(number)")] } }, to: "D")
            let found = try await harness.find { $0.pageSize = 2 }
            #expect(found.products.map(\.sku) == ["A", "B"])
            #expect(found.products.map(\.isCertain) == [true, true] && found.questions.isEmpty)
            #expect(found.products[1].fitments.count == FittingProducts.maximumFitmentsPerProduct)
            let next = try await harness.find { ($0.pageSize, $0.pageToken) = (2, found.nextPageToken) }
            #expect(next.products.map(\.sku) == ["C", "D"] && next.nextPageToken.isEmpty)
            #expect(next.questions.map(\.choices.count) == [FittingPage.maximumChoices])
        }
    }

    @Test("retired parts only where they are asked for, with what is sold in their place")
    func retired() async throws {
        try await FitmentHarness.with { harness in
            for sku in ["A", "B", "C"] { try await harness.save(sku) }
            try await harness.add([.toyota()], to: "A")
            _ = try await harness.products.putSupersession(
                PutSupersessionRequest(
                    sku: "A", newSku: "B", supersession: .init(oldSku: "A", newSku: "B", effectiveFrom: "2020-01-01")))
            _ = try await harness.products.putSupersession(
                PutSupersessionRequest(
                    sku: "B", newSku: "C", supersession: .init(oldSku: "B", newSku: "C", effectiveFrom: "2020-01-01")))
            try await harness.save("A") { $0.status = .superseded }
            #expect(try await harness.find().products.isEmpty)
            let found = try await harness.find { $0.includeRetired = true }
            #expect(found.products.map(\.sku) == ["A"] && found.products.map(\.currentSkus) == [["C"]])
        }
    }

    @Test("a vehicle that nobody knows is not found, with the nearest names; one that the brand knows is")
    func unknown() async throws {
        try await FitmentHarness.with { harness in
            let error = await #expect(throws: RPCError.self) { try await harness.find { $0.model = "Camri" } }
            #expect(error?.problem?.type == "vehicle-not-found")
            #expect(error?.problem?.fields.first?.expected.contains("Camry") ?? false)
            try await harness.save("A")
            try await harness.add([.toyota("Camri")], to: "A")
            let found = try await harness.find { $0.model = "Camri" }
            #expect(found.products.map(\.sku) == ["A"] && found.suggestions.first == "Camry")
        }
    }

    @Test("makes, models and vehicles as the tables have them")
    func vehicles() async throws {
        try await FitmentHarness.with { harness in
            let client = harness.client
            let makes = try await client.listMakes(ListMakesRequest(year: 2004)).makes
            #expect(makes.contains { $0.lowercased() == "pontiac" })
            // Later than what most tables tell of.
            #expect(
                try await client.listMakes(ListMakesRequest(year: 2023)).makes.contains { $0.lowercased() == "toyota" })
            #expect(
                try await !client.listMakes(ListMakesRequest(year: 2020)).makes.contains {
                    $0.lowercased() == "pontiac"
                })
            let models = try await client.listModels(ListModelsRequest(make: "chevy", year: 2015))
            #expect(models.make.lowercased() == "chevrolet" && models.models.contains { $0.model == "Malibu" })
            let refusal = try await harness.refusal {
                _ = try await client.listModels(ListModelsRequest(make: "Toyoda"))
            }
            #expect(refusal == "vehicle-not-found")
            let vehicle = try await client.getVehicle(GetVehicleRequest(year: 2019, make: "toyota", model: "camry"))
            #expect(vehicle.engines.contains { $0.liters == Decimal(micros: 2_500_000) && $0.cylinders == 4 })
            #expect(
                try await harness.refusal {
                    _ = try await client.getVehicle(GetVehicleRequest(year: 2020, make: "Pontiac", model: "GTO"))
                } == "vehicle-not-found")
        }
    }
}
