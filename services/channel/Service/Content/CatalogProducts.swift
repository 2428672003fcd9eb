internal import CatalogAPI
internal import CatalogMessages
internal import ChannelDomain
internal import ChannelMessages
internal import FileFormats
internal import Postgres
internal import ProtobufC
internal import RPC
internal import RPCMessages
internal import Refusals
internal import ServiceKit
internal import Transcoding
internal import Wire

/// Products as mappings look at them: their messages as JSON, asked of the catalog on behalf of their brand.
struct CatalogProducts: Sendable {
    /// How long one call may take.
    static let timeout = Duration.seconds(10)
    /// Who asks, and what for.
    static let principal = "service:channel"
    static let scopes: Set<String> = ["catalog:read"]
    /// Fitments of one call.
    private static let fitmentsOfPage: UInt32 = 1_000

    private let products: ProductServiceClient
    private let fitments: FitmentServiceClient
    private let transcoder: Transcoder
    private let product: MessageType
    private let fitment: MessageType

    /// - Parameter catalog: A client that may act for others.
    /// - Throws: `StartupError` where the catalog's messages cannot be written as JSON.
    init(_ catalog: RPCClient) throws(StartupError) {
        self.products = ProductServiceClient(catalog)
        self.fitments = FitmentServiceClient(catalog)
        guard let schema = try? Schema([CatalogDescriptors.fileDescriptorSet]),
            let product = schema.message(Product.fullName), let fitment = schema.message(Fitment.fullName)
        else {
            throw StartupError(
                "the messages of the catalog cannot be written as JSON", exitCode: StartupError.softwareExitCode)
        }
        self.transcoder = Transcoder(schema)
        (self.product, self.fitment) = (product, fitment)
    }

    /// A product.
    ///
    /// - Parameter withFitments: Whether its fitments are asked for, too; they stand in it as ``MappingProgram/fitments``.
    /// - Returns: nil: the brand has no such product.
    /// - Throws: `RPCError` where the catalog does not answer; `ChannelRefusal` where the product has more fitments than a
    ///   mapping can use.
    func product(_ sku: String, of brand: PostgresUUID, withFitments: Bool) async throws -> JSONValue? {
        let options = CallOptions(
            timeout: Self.timeout,
            caller: CallerIdentity(brand: brand.description, principal: Self.principal, scopes: Self.scopes))
        do {
            let found = try await self.products.getProduct(GetProductRequest(sku: sku), options: options)
            let product = try self.json(found, as: self.product)
            guard withFitments else { return product }
            return product.with(try await self.fitments(of: sku, options), named: MappingProgram.fitments)
        } catch let error as RPCError where error.code == .notFound {
            return nil
        }
    }

    private func fitments(of sku: String, _ options: CallOptions) async throws -> [JSONValue] {
        var all: [JSONValue] = []
        var token = ""
        repeat {
            let page = try await self.fitments.listFitments(
                ListFitmentsRequest(sku: sku, pageSize: Self.fitmentsOfPage, pageToken: token), options: options)
            for fitment in page.fitments { all.append(try self.json(fitment, as: self.fitment)) }
            guard all.count <= MappingLimits.fitments else {
                throw ChannelRefusal(
                    .invalidValue,
                    "\(sku) has more than \(MappingLimits.fitments) fitments; a mapping cannot use \(MappingProgram.fitments)"
                        + " of it")
            }
            token = page.nextPageToken
        } while !token.isEmpty
        return all
    }

    private func json(_ message: some Message, as type: MessageType) throws -> JSONValue {
        do {
            let text = try self.transcoder.json(wire: try message.encodedBytes(), of: type)
            return try JSONValue(text[...]).withoutSilence
        } catch {
            throw RPCError(.internal, "a product cannot be written as JSON", type: "internal", reason: .internal)
        }
    }
}
