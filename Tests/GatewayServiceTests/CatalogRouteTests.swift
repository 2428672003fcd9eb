import Testing

@testable import Transcoding

@Suite("Paths of the catalog go where they should, although parameters stand beside words")
struct CatalogRouteTests {
    @Test(
        "Words go before parameters, where they have the verb",
        arguments: [
            ("GET", "/v1/vehicles/makes", "FitmentService/ListMakes", []),
            ("GET", "/v1/vehicles/makes/Ford/models", "FitmentService/ListModels", ["Ford"]),
            ("GET", "/v1/vehicles/makes/makes/models", "FitmentService/ListModels", ["makes"]),
            ("GET", "/v1/vehicles/products", "FitmentService/FindProducts", []),
            ("GET", "/v1/vehicles/1M8GDM9AXKP042788", "FitmentService/DecodeVIN", ["1M8GDM9AXKP042788"]),
            ("GET", "/v1/vehicles/product", "FitmentService/DecodeVIN", ["product"]),
            ("GET", "/v1/vehicles/makes%20", "FitmentService/DecodeVIN", ["makes "]),
            (
                "GET", "/v1/vehicles/1M8GDM9AXKP042788/products", "FitmentService/FindProductsByVIN",
                ["1M8GDM9AXKP042788"]
            ),
            ("GET", "/v1/vehicles/makes/products", "FitmentService/FindProductsByVIN", ["makes"]),
            ("GET", "/v1/vehicles/2020/Toyota/Camry", "FitmentService/GetVehicle", ["2020", "Toyota", "Camry"]),
            ("GET", "/v1/vehicles/2020/Saab/9-3%2FAero", "FitmentService/GetVehicle", ["2020", "Saab", "9-3/Aero"]),
            ("GET", "/v1/vehicles/2020/makes/models", "FitmentService/GetVehicle", ["2020", "makes", "models"]),
            ("POST", "/v1/products/lookup", "ProductService/LookUpProducts", []),
            ("POST", "/v1/products/look%75p", "ProductService/LookUpProducts", []),
            // A product may be called so.
            ("GET", "/v1/products/lookup", "ProductService/GetProduct", ["lookup"]),
            ("PATCH", "/v1/products/lookup", "ProductService/UpdateProduct", ["lookup"]),
            ("DELETE", "/v1/products/lookup", "ProductService/DeleteProduct", ["lookup"]),
            ("POST", "/v1/products", "ProductService/SaveProduct", []),
            ("GET", "/v1/products", "ProductSearchService/ListProducts", []),
            ("GET", "/v1/products/A%2FB", "ProductService/GetProduct", ["A/B"]),
            ("GET", "/v1/products/A%2Ffitments", "ProductService/GetProduct", ["A/fitments"]),
            ("GET", "/v1/products/A%2FB/fitments", "FitmentService/ListFitments", ["A/B"]),
            ("GET", "/v1/products/lookup/fitments", "FitmentService/ListFitments", ["lookup"]),
            ("GET", "/v1/products/A%2FB/supersessions", "ProductService/ListSupersessions", ["A/B"]),
            ("PUT", "/v1/products/A%2FB/supersessions/C%2fD", "ProductService/PutSupersession", ["A/B", "C/D"]),
            ("GET", "/v1/part-numbers/04465%2F06080", "ProductService/FindPartNumber", ["04465/06080"]),
        ])
    func routes(_ verb: String, _ path: String, _ method: String, _ values: [String]) throws {
        let routes = try OpenAPI().routes
        guard case .found(let route, let found) = routes.match(verb: verb, path: path.utf8.span.bytes) else {
            Issue.record("\(verb) \(path) leads nowhere")
            return
        }
        #expect(route.method.name == "driveline.catalog.v1.\(method)")
        #expect(found.values.map { String(decoding: $0 ?? [], as: UTF8.self) } == values)
    }

    @Test("Whoever is wrong by the verb is told those of all that the path could be")
    func verbs() throws {
        let routes = try OpenAPI().routes
        func allowed(_ path: String) -> [String] { routes.allowedVerbs(path: path.utf8.span.bytes) }
        #expect(allowed("/v1/products/lookup") == ["DELETE", "GET", "PATCH", "POST"])
        #expect(allowed("/v1/products/ABC1234") == ["DELETE", "GET", "PATCH"])
        #expect(allowed("/v1/vehicles/makes") == ["GET"] && allowed("/v1/vehicles") == [])
        #expect(allowed("/v1/products/A/B") == [])
    }
}
