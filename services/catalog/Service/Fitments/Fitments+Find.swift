internal import CatalogDomain
public import CatalogMessages
internal import Paging
internal import Postgres
public import RPC
internal import Vehicles

extension Fitments {
    /// The products of a page where the request names no number.
    static let defaultProductPageSize = 50

    /// Finds what fits a vehicle.
    public func findProducts(
        _ request: FindProductsRequest, context: ServerContext
    ) async throws -> FindProductsResponse {
        let brand = try self.brand(of: context.caller)
        try Self.check(request)
        let lookup =
            request.baseVehicleID == 0
            ? self.tables.catalog.find(make: request.make, model: request.model, year: Int(request.year)) : nil
        var scope = FitmentScope(
            asked: AskedVehicle(request, self.known), parts: PartFilter(request.partType, request.partTypeID))
        scope.includesRetired = request.includeRetired
        let question = PageToken.Question("findProducts", ["\(brand)"] + request.parts)
        return try await self.answering(context) {
            let page = try await self.page(
                scope, of: brand, size: request.pageSize, token: request.pageToken, question)
            var response = page.response(question)
            if let lookup {
                if lookup.model == nil || !page.products.isEmpty {
                    response.vehicle = Vehicle(year: request.year, make: request.make, model: request.model, nil)
                }
                if let model = lookup.model { response.vehicle = self.vehicle(model, year: request.year) }
                if case .found = lookup { return response }
                // The brand may know vehicles that the tables do not.
                guard !page.products.isEmpty || !request.pageToken.isEmpty else { throw Self.notFound(lookup) }
                response.suggestions = lookup.nearest
            }
            return response
        }
    }

    /// Finds what fits the vehicle that has a number.
    public func findProductsByVin(
        _ request: FindProductsByVINRequest, context: ServerContext
    ) async throws -> FindProductsResponse {
        let brand = try self.brand(of: context.caller)
        let described = self.tables.describe(try Self.vin(request.vin), currentYear: self.currentYear)
        let decoding = described.decoding
        if let error = decoding.findings.first(where: { $0.severity == .error }) {
            throw RPCError(
                CatalogRefusal(.vinInvalid, field: "vin", error.description, expected: "the number of the vehicle"))
        }
        guard let make = decoding.make, let model = decoding.model, let year = decoding.modelYear else {
            throw RPCError(CatalogRefusal(.vehicleNotFound, "the tables do not tell make, model and year of the VIN"))
        }
        var asked = AskedVehicle(year: Int32(clamping: year), make: make, model: model, self.known)
        asked.likelySubmodels = [decoding.series, decoding.trim].compactMap { $0 }
        asked.likelyBody = decoding.bodyClass ?? ""
        (asked.engine, asked.drive, asked.position) = (request.engine, request.drive, request.position)
        var scope = FitmentScope(asked: asked, parts: PartFilter(request.partType, []))
        scope.includesRetired = request.includeRetired
        let question = PageToken.Question(
            "findProductsByVin",
            [
                "\(brand)", decoding.vin.text, request.engine, request.drive, request.position,
                "\(request.includeRetired)",
            ]
                + request.partType)
        return try await self.answering(context) {
            var response = try await self.page(
                scope, of: brand, size: request.pageSize, token: request.pageToken, question
            ).response(question)
            response.vehicle = Vehicle(year: Int32(clamping: year), make: make, model: model, described.match)
            return response
        }
    }

    private func page(
        _ scope: FitmentScope, of brand: PostgresUUID, size: UInt32, token: String, _ question: PageToken.Question
    ) async throws -> FittingPage {
        var last = ""
        if !token.isEmpty {
            guard let bytes = PageToken.position(token, of: question) else { throw Self.invalidPageToken }
            last = String(decoding: bytes, as: UTF8.self)
        }
        let finder = FittingProducts(pool: self.pool, brand: brand, scope: scope)
        var page = try await finder.page(
            after: last, size: size == 0 ? Self.defaultProductPageSize : Int(size))
        try await finder.addCurrent(to: &page, on: Day(microseconds: self.now().microseconds))
        return page
    }

    private static func check(_ request: FindProductsRequest) throws(RPCError) {
        let isNamed = request.year != 0 || !request.make.isEmpty || !request.model.isEmpty
        guard request.baseVehicleID == 0 else {
            guard !isNamed else {
                throw RPCError(
                    field: "baseVehicleId", "stands beside year, make or model", expected: "one way to name the vehicle"
                )
            }
            return
        }
        for (isMissing, field) in [
            (request.year == 0, "year"), (request.make.isEmpty, "make"), (request.model.isEmpty, "model"),
        ] where isMissing {
            throw RPCError(field: field, "is missing", expected: "year, make and model, or baseVehicleId")
        }
        guard Int32(FitmentRules.firstYear)...2100 ~= request.year else {
            throw RPCError(field: "year", "is \(request.year)", expected: "a model year from \(FitmentRules.firstYear)")
        }
    }
}

extension VehicleLookup {
    /// Names that there are, the nearest first.
    var nearest: [String] {
        switch self {
        case .unknownMake(_, let nearest), .unknownModel(_, _, let nearest): nearest
        case .found, .notInYear: []
        }
    }
}

extension AskedVehicle {
    init(_ request: FindProductsRequest, _ known: KnownVehicles) {
        if request.baseVehicleID != 0 {
            self.init(.baseVehicle(request.baseVehicleID))
        } else {
            self.init(year: request.year, make: request.make, model: request.model, known)
        }
        (self.submodel, self.submodelID) = (request.submodel, request.submodelID)
        (self.engine, self.drive, self.body) = (request.engine, request.drive, request.body)
        (self.position, self.positionID) = (request.position, request.positionID)
        if request.engineBaseID != 0 { self.attributeIDs[.engineBase] = request.engineBaseID }
    }
}

extension FindProductsRequest {
    /// What a page token belongs to.
    fileprivate var parts: [String] {
        [
            "\(self.year)", self.make, self.model, self.submodel, self.engine, self.drive, self.body,
            "\(self.baseVehicleID)", "\(self.submodelID)", "\(self.engineBaseID)", self.position, "\(self.positionID)",
            "\(self.includeRetired)", "\(self.partTypeID)",
        ] + self.partType
    }
}
