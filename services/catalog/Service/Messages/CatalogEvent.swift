internal import Buckets
internal import CatalogDomain
internal import CatalogMessages
internal import Events
internal import Postgres
internal import ProtobufC

/// Something that happened in the catalog, before it is an event of the log.
enum CatalogEvent {
    case productChanged(ProductChanged)
    case productDeleted(ProductDeleted)
    case fitmentsChanged(FitmentsChanged)
    case supersessionChanged(SupersessionChanged)

    /// What all events of the catalog begin with.
    static let typePrefix = "catalog."

    static let productChangedType = "catalog.product.changed"
    static let productDeletedType = "catalog.product.deleted"
    static let fitmentsChangedType = "catalog.fitments.changed"
    static let supersessionChangedType = "catalog.supersession.changed"

    /// As `proto/driveline/catalog/v1/events.proto` lists them.
    var type: String {
        switch self {
        case .productChanged: Self.productChangedType
        case .productDeleted: Self.productDeletedType
        case .fitmentsChanged: Self.fitmentsChangedType
        case .supersessionChanged: Self.supersessionChangedType
        }
    }

    /// The SKU that it happened to.
    var subject: String {
        switch self {
        case .productChanged(let message): message.sku
        case .productDeleted(let message): message.sku
        case .fitmentsChanged(let message): message.sku
        case .supersessionChanged(let message): message.supersession?.oldSku ?? ""
        }
    }

    fileprivate func payload(in arena: borrowing Arena) throws(EncodingError) -> [UInt8] {
        switch self {
        case .productChanged(let message): try message.bytes(in: arena)
        case .productDeleted(let message): try message.bytes(in: arena)
        case .fitmentsChanged(let message): try message.bytes(in: arena)
        case .supersessionChanged(let message): try message.bytes(in: arena)
        }
    }
}

extension [CatalogEvent] {
    /// The events as the log takes them, in the same order.
    ///
    /// - Parameters:
    ///   - now: When they happened: the time of their transaction.
    ///   - traceParent: The trace context of what caused them.
    func recorded(
        of brand: PostgresUUID, at now: PostgresTimestamp, traceParent: String?
    ) throws(EncodingError) -> [Event] {
        guard !self.isEmpty else { return [] }
        let memory = ArenaMemory()
        var generator = SystemRandomNumberGenerator()
        var events: [Event] = []
        events.reserveCapacity(self.count)
        for event in self {
            memory.arena.reset()
            events.append(
                Event(
                    id: PostgresUUID(milliseconds: now.microseconds / 1_000, using: &generator), brand: brand,
                    bucket: Bucket(brand: (brand.high, brand.low), key: event.subject), type: event.type,
                    subject: event.subject, occurredAt: now, traceParent: traceParent,
                    payload: try event.payload(in: memory.arena)))
        }
        return events
    }
}
