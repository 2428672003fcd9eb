internal import CatalogAPI
internal import CatalogMessages
internal import RPC

extension DemoBrand {
    static func setUpCatalog(_ client: RPCClient) async throws {
        let (products, fitments) = (ProductServiceClient(client), FitmentServiceClient(client))
        try await concurrently(DemoPart.all, width: self.width) { part in
            _ = try await products.saveProduct(SaveProductRequest(product: part.product))
            _ = try await fitments.addFitments(AddFitmentsRequest(sku: part.sku, fitments: [part.fitment]))
        }
    }
}

extension DemoPart {
    fileprivate var product: Product {
        Product(
            sku: self.sku, name: self.name,
            description:
                "\(self.name). Made to the original part's measures; everything that is needed to fit it comes with it.",
            brandLabel: DemoBrand.name, category: self.family.category, partType: self.family.partType,
            status: .available,
            attributes: ["remanufactured": self.family.coreCents > 0 ? "yes" : "no"],
            countryOfOrigin: "US", warranty: Warranty(time: self.family.warrantyMonths, timeUnit: "MO"))
    }

    fileprivate var fitment: Fitment {
        Fitment(
            vehicle: VehicleSelector(
                yearFrom: self.vehicle.firstYear, yearTo: self.vehicle.lastYear, make: self.vehicle.make,
                model: self.vehicle.model),
            quantity: 1, partType: self.family.partType, position: self.family.position)
    }
}
