internal import InventoryDomain
internal import InventoryMessages
internal import ProtobufC
internal import RPC
internal import RPCMessages
internal import WellKnownMessages
internal import Wire

/// A request that is one command.
protocol CommandRequest: Message {
    /// Its idempotency id; empty: it stands in the metadata.
    var commandID: String { get }
    /// What every command carries.
    var context: CommandContext? { get }
    /// What it asks for.
    ///
    /// - Parameter id: The command's id, which a reservation without one of its own takes over.
    /// - Throws: ``RPCError`` that names the field.
    func action(_ id: CommandID) throws(RPCError) -> Action
    /// The request's own name for the field that a refusal of its action is about.
    static func ownField(_ field: String) -> String
}

extension CommandRequest {
    static func ownField(_ field: String) -> String { field }

    /// The command.
    ///
    /// - Parameters:
    ///   - fallbackID: Its id where the request has none.
    ///   - caller: Who sends it.
    /// - Throws: ``RPCError`` that names the field.
    func command(fallbackID: String?, caller: CallerIdentity) throws(RPCError) -> Command {
        let id = try CommandID.of(self.commandID, fallback: fallbackID)
        return try Command.of(id, self.context, caller, try self.action(id))
    }
}

extension CommandID {
    /// The id of a command, from its own field or from elsewhere.
    static func of(_ text: String, fallback: String?) throws(RPCError) -> CommandID {
        let text = text.isEmpty ? fallback ?? "" : text
        guard !text.isEmpty else { throw .commandIDMissing }
        return try RPCError.naming("commandId") { () throws(InvalidValue) in try CommandID(text) }
    }
}

extension Command {
    /// A command with what every request carries.
    static func of(
        _ id: CommandID, _ context: CommandContext?, _ caller: CallerIdentity, _ action: Action
    ) throws(RPCError) -> Command {
        let source = context?.source ?? .unspecified
        guard source == .unspecified || InventoryDomain.Source(message: source) != nil else {
            throw RPCError(
                field: "context.source", "has the unknown number \(source.rawValue)",
                expected: "one of those in the API's description")
        }
        guard caller.principal.utf8.count <= InventoryLimits.maximumIDBytes else { throw .principalTooLong }
        return try RPCError.naming("context.reference") { () throws(InvalidValue) in
            try Command(
                id: id, actor: caller.principal, source: InventoryDomain.Source(message: source) ?? .user,
                reference: context?.reference ?? "", action: action)
        }
    }
}

extension InventoryDomain.Source {
    /// The source that a message names; nil: none, or one that is not known.
    init?(message: InventoryMessages.Source) {
        guard let raw = Int16(exactly: message.rawValue) else { return nil }
        self.init(rawValue: raw)
    }
}

extension Place {
    /// A SKU at a location.
    static func of(_ sku: String, _ location: String, field: String = "locationId") throws(RPCError) -> Place {
        Place(try SKU.of(sku), try LocationID.of(location, field: field))
    }

    /// A SKU at a location, or a lot of it there.
    static func of(
        _ sku: String, _ location: String, lot: InventoryMessages.LotReference?
    ) throws(RPCError) -> Place {
        guard let lot else { return try .of(sku, location) }
        let id = try LotID.of(lot.lotID, field: "lot.lotId")
        let expiresAt = try StockReads.moment(lot.expiresAt, field: "lot.expiresAt").map { Timestamp($0) }
        return Place(
            try SKU.of(sku), try LocationID.of(location), lot: InventoryDomain.LotReference(id, expiresAt: expiresAt))
    }

    /// A SKU at a location, or a lot of it there; empty: no lot.
    static func of(
        _ sku: String, _ location: String, field: String = "locationId", lotID: String
    ) throws(RPCError) -> Place {
        let lot = lotID.isEmpty ? nil : InventoryDomain.LotReference(try LotID.of(lotID, field: "lotId"))
        return Place(try SKU.of(sku), try LocationID.of(location, field: field), lot: lot)
    }
}

extension LotID {
    /// The lot in a field.
    static func of(_ text: String, field: String) throws(RPCError) -> LotID {
        try RPCError.naming(field) { () throws(InvalidValue) in try LotID(text) }
    }
}

extension SKU {
    /// The SKU in a field.
    static func of(_ text: String, field: String = "sku") throws(RPCError) -> SKU {
        try RPCError.naming(field) { () throws(InvalidValue) in try SKU(text) }
    }
}

extension LocationID {
    /// The location in a field.
    static func of(_ text: String, field: String = "locationId") throws(RPCError) -> LocationID {
        try RPCError.naming(field) { () throws(InvalidValue) in try LocationID(text) }
    }
}

extension ReservationID {
    /// The reservation in a field.
    static func of(_ text: String, field: String = "reservationId") throws(RPCError) -> ReservationID {
        try RPCError.naming(field) { () throws(InvalidValue) in try ReservationID(text) }
    }
}

extension Quantity {
    /// The quantity in a field.
    static func of(_ units: Int64, field: String = "quantity") throws(RPCError) -> Quantity {
        try RPCError.naming(field) { () throws(InvalidValue) in try Quantity(units) }
    }
}

extension UnitCount {
    /// The count in a field.
    static func of(_ units: Int64, field: String) throws(RPCError) -> UnitCount {
        try RPCError.naming(field) { () throws(InvalidValue) in try UnitCount(units) }
    }
}

extension UnitDelta {
    /// The difference in a field.
    static func of(_ units: Int64, field: String = "delta") throws(RPCError) -> UnitDelta {
        try RPCError.naming(field) { () throws(InvalidValue) in try UnitDelta(units) }
    }
}

extension HoldTime {
    /// The time in a field; absent: the standard one.
    static func of(_ duration: ProtoDuration?, field: String = "holdFor") throws(RPCError) -> HoldTime {
        guard let duration else { return .standard }
        guard duration.nanos == 0 else {
            throw RPCError(field: field, "has a fraction of a second", expected: "whole seconds")
        }
        return try RPCError.naming(field) { () throws(InvalidValue) in try HoldTime(seconds: duration.seconds) }
    }
}

extension RPCError {
    /// Makes a value of a field; what is wrong with it names the field.
    static func naming<Value>(
        _ field: String, _ make: () throws(InvalidValue) -> Value
    ) throws(RPCError) -> Value {
        do throws(InvalidValue) { return try make() } catch {
            throw RPCError(field: field, error.reason, expected: error.expected)
        }
    }

    static let commandIDMissing = RPCError(
        .invalidArgument, "the command has no id: neither commandId nor the metadata \(Metadata.idempotencyKey)",
        problem: Problem(
            type: "idempotency-key-required", reason: .idempotencyKeyRequired,
            fields: [
                FieldProblem(field: "commandId", reason: "is missing", expected: "1 to 255 visible ASCII characters")
            ]))

    static let principalTooLong = RPCError(
        .permissionDenied, "the caller's name has more than \(InventoryLimits.maximumIDBytes) bytes",
        type: "principal-too-long", reason: .scopeMissing)
}
