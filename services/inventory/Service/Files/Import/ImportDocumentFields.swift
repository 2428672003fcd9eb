internal import FileFormats
internal import InventoryDomain

/// Reads a row from a document of JSON: the names and rules of `UpdateStock`'s document.
///
/// What stands in answers only is passed over, as updates do; any other name is an error.
enum ImportDocumentFields {
    /// What stands in answers only.
    private static let answersOnly: Set<String> = ["version", "changedAt"]
    private static let levelAnswersOnly: Set<String> = ["reserved", "incoming", "inTransit", "quarantined", "shortage"]

    /// What a document asks for.
    static func row(_ document: JSONValue, line: Int64) throws(RowFault) -> ImportRow {
        guard case .object(let members) = document else {
            throw .malformed("the document is \(document.kind)", expected: "an object")
        }
        var sku: SKU?
        var row: (version: VersionExpectation, levels: [LevelUpdate]) = (.any, [])
        var settings = ImportRow.Settings()
        var names: Set<String> = []
        for member in members {
            let (name, value) = (member.name, member.value)
            guard names.insert(name).inserted else { throw .invalid(name, "stands twice", expected: "each name once") }
            if value == .null { continue }
            switch name {
            case "sku":
                let text = try Self.text(value, name)
                sku = try ImportCells.naming(name) { () throws(InvalidValue) in try SKU(text) }
            case "warehouses": row.levels = try Self.levels(value)
            case "dropShip":
                guard case .bool(let flag) = value else {
                    throw .invalid(name, "is \(value.kind)", expected: "true or false")
                }
                settings.isDropShip = flag
            case "reorderThreshold": settings.reorderThreshold = try Self.units(value, name)
            case "reorderQuantity": settings.reorderQuantity = try Self.units(value, name)
            case "safetyBuffer": settings.safetyBuffer = try Self.units(value, name)
            case "channelBuffers": settings.channelBuffers = try Self.buffers(value)
            case "expectedVersion":
                row.version = try ImportCells.version(Array(try Self.digits(value, name).utf8)[...], name)
            default:
                guard Self.answersOnly.contains(name) else { throw Self.unknown(name) }
            }
        }
        guard let sku else { throw .invalid("sku", "is missing", expected: "the brand's own part number") }
        return ImportRow(
            line: line, sku: sku, expectedVersion: row.version, levels: row.levels, settings: settings)
    }

    private static func levels(_ value: JSONValue) throws(RowFault) -> [LevelUpdate] {
        guard case .array(let values) = value else {
            throw .invalid("warehouses", "is \(value.kind)", expected: "an array")
        }
        guard values.count <= InventoryLimits.maximumLines else {
            throw .invalid(
                "warehouses", "has \(values.count) entries", expected: "at most \(InventoryLimits.maximumLines)")
        }
        var levels: [LevelUpdate] = []
        for (number, value) in values.enumerated() { levels.append(try Self.level(value, "warehouses[\(number)]")) }
        return levels
    }

    private static func level(_ value: JSONValue, _ path: String) throws(RowFault) -> LevelUpdate {
        guard case .object(let members) = value else { throw .invalid(path, "is \(value.kind)", expected: "an object") }
        var location: LocationID?
        var target: StockTarget?
        for member in members where member.value != .null {
            let field = "\(path).\(member.name)"
            switch member.name {
            case "locationId":
                let text = try Self.text(member.value, field)
                location = try ImportCells.naming(field) { () throws(InvalidValue) in try LocationID(text) }
            case "stockAvailable", "onHand":
                let units = try Self.units(member.value, field)
                guard target == nil else {
                    throw .invalid(field, "is a second stock", expected: "one of stockAvailable and onHand")
                }
                target = member.name == "onHand" ? .onHand(units) : .available(units)
            default:
                guard Self.levelAnswersOnly.contains(member.name) else { throw Self.unknown(field) }
            }
        }
        guard let location else { throw .invalid("\(path).locationId", "is missing", expected: "a location") }
        guard let target else {
            throw .invalid("\(path).stockAvailable", "is missing", expected: "one of stockAvailable and onHand")
        }
        return LevelUpdate(location: location, target: target)
    }

    private static func buffers(_ value: JSONValue) throws(RowFault) -> [ChannelBuffer] {
        guard case .array(let values) = value else {
            throw .invalid("channelBuffers", "is \(value.kind)", expected: "an array")
        }
        var buffers: [ChannelBuffer] = []
        for (number, value) in values.enumerated() {
            let path = "channelBuffers[\(number)]"
            guard case .object(let members) = value else {
                throw .invalid(path, "is \(value.kind)", expected: "an object with channel and quantity")
            }
            var channel = ""
            var quantity: JSONValue?
            for member in members {
                switch member.name {
                case "channel": channel = try Self.text(member.value, "\(path).channel")
                case "quantity": quantity = member.value
                default: throw Self.unknown("\(path).\(member.name)")
                }
            }
            buffers.append(try Self.buffer(channel, quantity ?? .number("0"), path))
        }
        return buffers
    }

    /// A channel and its units.
    static func buffer(_ channel: String, _ units: JSONValue, _ field: String) throws(RowFault) -> ChannelBuffer {
        ChannelBuffer(
            channel: try ImportCells.naming(field) { () throws(InvalidValue) in try ChannelID(channel) },
            quantity: try Self.units(units, field))
    }

    private static func text(_ value: JSONValue, _ field: String) throws(RowFault) -> String {
        guard case .string(let text) = value else { throw .invalid(field, "is \(value.kind)", expected: "a text") }
        return text
    }

    private static func units(_ value: JSONValue, _ field: String) throws(RowFault) -> UnitCount {
        try ImportCells.units(Array(try Self.digits(value, field).utf8)[...], field)
    }

    /// A number, or one in quotation marks, as JSON of protobuf writes large ones.
    private static func digits(_ value: JSONValue, _ field: String) throws(RowFault) -> String {
        switch value {
        case .number(let digits), .string(let digits): return digits
        default: throw .invalid(field, "is \(value.kind)", expected: "a whole number, such as 100")
        }
    }

    private static func unknown(_ field: String) -> RowFault {
        .invalid(String(field.prefix(128)), "is not known", expected: "the names of the document that updates take")
    }
}
