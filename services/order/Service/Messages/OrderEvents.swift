internal import Events
internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import ProtobufC

/// What the log of events is told of changes of orders.
struct OrderEvents {
    /// What all events of orders begin with.
    static let typePrefix = "order."
    static let returnChangedType = "order.return.changed"
    static let claimChangedType = "order.claim.changed"
    static let importedManyType = "order.imported.many"
    static let settlementTypePrefix = "order.settlement."
    static let settlementMatchedType = "order.settlement.matched"
    static let settlementAcceptedType = "order.settlement.accepted"

    /// The events, in the order in which they happened.
    private(set) var events: [Event] = []
    private let now: PostgresTimestamp
    private let arena: ArenaMemory
    private var generator = SystemRandomNumberGenerator()

    /// - Parameter now: When all of it happens.
    init(at now: PostgresTimestamp, in arena: ArenaMemory) {
        self.now = now
        self.arena = arena
    }

    /// The type of the event of an entry; nil: none, or that of what else changed.
    static func type(of kind: OrderEntryKind) -> String? {
        switch kind {
        case .placed: "order.placed"
        case .imported: "order.imported"
        case .reserved: "order.reserved"
        case .confirmed: "order.confirmed"
        case .shortfall, .shortfallDecided: "order.shortfall"
        case .cancelled: "order.cancelled"
        case .shipped: "order.shipped"
        case .delivered: "order.delivered"
        case .closed: "order.closed"
        case .payment: "order.payment"
        case .refund: "order.refund"
        case .amended: "order.amended"
        case .return, .claim, .effect, .settled, .unspecified, .unrecognized: nil
        }
    }

    /// Something happened to an order.
    ///
    /// - Parameters:
    ///   - document: The order as it stands since, encoded.
    ///   - entry: What happened, encoded.
    mutating func append(
        _ type: String, of key: OrderKey, _ order: Order, document: [UInt8], entry: [UInt8], traceParent: String?
    ) throws(EncodingError) {
        var payload = Self.orderChanged(document, entry)
        if payload.count > EventLog.maximumPayloadBytes {
            self.arena.arena.reset()
            payload = Self.orderChanged(try order.inBrief.bytes(in: self.arena.arena), entry)
        }
        self.append(type, of: key, payload, traceParent)
    }

    /// A return changed.
    mutating func append(
        _ goodsReturn: Return, of key: OrderKey, entry: OrderEntry?, traceParent: String?
    ) throws(EncodingError) {
        self.arena.arena.reset()
        let payload = try ReturnChanged(goodsReturn: goodsReturn, entry: entry).bytes(in: self.arena.arena)
        self.append(Self.returnChangedType, of: key, payload, traceParent)
    }

    /// A warranty claim changed.
    mutating func append(
        _ claim: WarrantyClaim, of key: OrderKey, entry: OrderEntry?, traceParent: String?
    ) throws(EncodingError) {
        self.arena.arena.reset()
        let payload = try ClaimChanged(claim: claim, entry: entry).bytes(in: self.arena.arena)
        self.append(Self.claimChangedType, of: key, payload, traceParent)
    }

    /// Orders came in a file.
    mutating func append(_ imported: OrdersImported, of brand: PostgresUUID) throws(EncodingError) {
        self.arena.arena.reset()
        let payload = try imported.bytes(in: self.arena.arena)
        self.append(Self.importedManyType, subject: imported.importID, of: brand, payload)
    }

    /// A settlement was matched, or accepted.
    mutating func append(
        _ settlement: SettlementChanged, _ type: String, of brand: PostgresUUID
    ) throws(EncodingError) {
        self.arena.arena.reset()
        let payload = try settlement.bytes(in: self.arena.arena)
        self.append(type, subject: settlement.settlement?.settlementID ?? "", of: brand, payload)
    }

    private mutating func append(_ type: String, subject: String, of brand: PostgresUUID, _ payload: [UInt8]) {
        self.events.append(
            Event(
                id: PostgresUUID(milliseconds: self.now.microseconds / 1_000, using: &self.generator), brand: brand,
                bucket: brand.bucket(of: subject), type: type, subject: subject, occurredAt: self.now,
                traceParent: nil, payload: payload))
    }

    private mutating func append(_ type: String, of key: OrderKey, _ payload: [UInt8], _ traceParent: String?) {
        self.events.append(
            Event(
                id: PostgresUUID(milliseconds: self.now.microseconds / 1_000, using: &self.generator), brand: key.brand,
                bucket: key.bucket, type: type, subject: key.id.description, occurredAt: self.now,
                traceParent: traceParent, payload: payload))
    }

    /// An `OrderChanged` of messages that are encoded already, as the order's row has them too: its fields 1 and 2,
    /// each a length and bytes. Source: the Protocol Buffers documentation, "Encoding".
    private static func orderChanged(_ order: [UInt8], _ entry: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(order.count + entry.count + 12)
        for (tag, message) in [(UInt8(0x0A), order), (0x12, entry)] {
            bytes.append(tag)
            var length = message.count
            while length > 0x7F {
                bytes.append(UInt8(length & 0x7F | 0x80))
                length >>= 7
            }
            bytes.append(UInt8(length))
            bytes += message
        }
        return bytes
    }
}

extension Order {
    /// What an event has of an order that is larger than an event may be: by what it is known, where it is, its sums.
    var inBrief: Order {
        Order(
            id: self.id, orderID: self.orderID, platform: self.platform, connection: self.connection,
            orderDate: self.orderDate, status: self.status, paymentStatus: self.paymentStatus,
            shippingTracking: self.shippingTracking, currency: self.currency, customerID: self.customerID,
            totals: self.totals, heldUntil: self.heldUntil, cancelReason: self.cancelReason,
            reservationID: self.reservationID, redemptionID: self.redemptionID, attempt: self.attempt,
            parentID: self.parentID, version: self.version, createdAt: self.createdAt, changedAt: self.changedAt)
    }
}
