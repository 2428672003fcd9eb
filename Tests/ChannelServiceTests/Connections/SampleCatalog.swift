import CatalogAPI
import CatalogMessages
import RPC
import RPCMessages
import Wire

/// A catalog with one product, for those who may read it, and fitments.
struct SampleCatalog: RPCService {
    var product = Product(
        sku: "ABC1234", name: "Brake Pad Set", brandLabel: "Bremstar", attributes: ["Material": "Ceramic"],
        images: ["https://a.example/1.jpg"])
    var fitments = 0

    var serviceDescriptor: ServiceDescriptor {
        ServiceDescriptor(
            name: "driveline.catalog.v1.ProductService",
            methods: [ProductServiceMethods.getProduct, FitmentServiceMethods.listFitments],
            fileDescriptorSet: CatalogDescriptors.fileDescriptorSet)
    }

    func register(in registry: inout MethodRegistry) {
        registry.addUnary(ProductServiceMethods.getProduct) {
            (request: GetProductRequest, context: ServerContext) async throws -> Product in
            guard request.sku == self.product.sku else {
                throw RPCError(.notFound, "no product", type: "product-not-found", reason: .notFound)
            }
            return self.product
        }
        registry.addUnary(FitmentServiceMethods.listFitments) {
            (request: ListFitmentsRequest, context: ServerContext) async throws -> ListFitmentsResponse in
            let begin = Int(request.pageToken) ?? 0
            let end = min(begin + Int(request.pageSize), self.fitments)
            let page = (begin..<end).map {
                Fitment(sku: request.sku, vehicle: VehicleSelector(yearFrom: 2_000, make: "Make \($0)"))
            }
            return ListFitmentsResponse(fitments: page, nextPageToken: end < self.fitments ? "\(end)" : "")
        }
    }
}
