internal import FileFormats

/// What a row says, on its way into JSON.
struct TableRow: Sendable {
    /// The fields that the row says, in the order of its columns; without the SKU.
    private(set) var said: [String] = []
    private(set) var action = FileAction.add
    /// The columns whose attributes of the vehicle stand behind those of the column of attributes.
    private(set) var namedAttributes: [String] = []
    /// How many attributes stand before them.
    private(set) var attributeCount = 0

    private var members: [(name: String, json: [UInt8])] = []
    private var vehicle: [(name: String, json: [UInt8])] = []
    private var entries: [(map: String, json: [UInt8])] = []
    private var attributes: [(field: TableField, json: [UInt8])] = []

    /// Reads a row.
    init(_ record: CSVRecord, _ columns: TableColumns, _ form: TableForm) throws(RowFault) {
        if let fault = record.fault { throw fault }
        guard record.count == columns.all.count else {
            throw .malformed(
                "the row has \(record.count) cells", expected: "\(columns.all.count), as the row of names has")
        }
        for (index, meaning) in columns.all.enumerated() where !record[index].isEmpty {
            try self.take(record[index], meaning, form)
        }
    }

    private mutating func take(
        _ cell: ArraySlice<UInt8>, _ meaning: TableColumns.Meaning, _ form: TableForm
    ) throws(RowFault) {
        switch meaning {
        case .passedOver: break
        case .action:
            let text = String(decoding: cell, as: UTF8.self)
            guard let action = form.actions[text] else {
                throw .invalid(
                    TableForm.actionColumn, "is \(TableColumns.shown(text))",
                    expected: "one of \(form.actions.keys.sorted().joined(separator: ", "))")
            }
            self.action = action
        case .field(let field):
            try Self.checkIsUTF8(cell, field.name)
            if field.name != "sku" { self.said.append(field.name) }
            guard !cell.elementsEqual(TableCell.clear) else { return }
            self.add(try field.json(cell), field)
        case .entry(let field, let key):
            let name = "\(field.name).\(key)"
            try Self.checkIsUTF8(cell, name)
            self.said.append(name)
            guard !cell.elementsEqual(TableCell.clear) else { return }
            let json = TableCell.quoted(key.utf8) + Array(":".utf8) + TableCell.quoted(TableCell.text(cell))
            self.entries.append((field.name, json))
        }
    }

    private static func checkIsUTF8(_ cell: ArraySlice<UInt8>, _ name: String) throws(RowFault) {
        guard String(validating: cell, as: UTF8.self) != nil else {
            throw .invalid(name, "is not UTF-8", expected: "the file saved as UTF-8")
        }
    }

    private mutating func add(_ json: [UInt8], _ field: TableField) {
        if case .vehicleAttribute = field.form {
            self.attributes.append((field, json))
        } else if field.isOfVehicle {
            self.vehicle.append((field.name, json))
        } else {
            self.members.append((field.name, json))
        }
    }

    /// The JSON of the row's product. A value of a column of its own stands in its map beside those of the map's column.
    mutating func product() throws(RowFault) -> [UInt8] {
        var names: [String] = []
        for entry in self.entries where !names.contains(entry.map) { names.append(entry.map) }
        for name in names {
            try self.extend(name, by: self.entries.filter { $0.map == name }.map(\.json), ["{", "}"])
        }
        // What a map's column says is said of the whole map.
        let whole = Set(self.said)
        self.said.removeAll { name in
            name.split(separator: ".", maxSplits: 1).first.map { $0.count < name.count && whole.contains(String($0)) }
                ?? false
        }
        return Self.object(self.members)
    }

    /// The JSON of the row's fitment.
    mutating func fitment() throws(RowFault) -> [UInt8] {
        var named: [[UInt8]] = []
        for (column, _) in TableForm.namedAttributes {
            guard let attribute = self.attributes.first(where: { $0.field.name == column }),
                case .vehicleAttribute(let kind) = attribute.field.form
            else { continue }
            self.namedAttributes.append(column)
            named.append(Array("{\"kind\":\"\(kind)\",\"name\":".utf8) + attribute.json + Array("}".utf8))
        }
        if !named.isEmpty { try self.extend("attributes", by: named, ["[", "]"]) }
        return Self.object(self.members + [("vehicle", Self.object(self.vehicle))])
    }

    /// Puts elements behind those of a list or object.
    private mutating func extend(_ name: String, by more: [[UInt8]], _ brackets: [String]) throws(RowFault) {
        let index = self.members.firstIndex { $0.name == name }
        var json = index.map { self.members[$0].json } ?? Array((brackets[0] + brackets[1]).utf8)
        let count: Int
        switch try? JSONValue(json[...]) {
        case .array(let elements) where brackets[0] == "[": count = elements.count
        case .object(let members) where brackets[0] == "{": count = members.count
        default: throw .invalid(name, "is another kind of JSON", expected: brackets[0] == "[" ? "a list" : "an object")
        }
        self.attributeCount = count
        json.removeLast()
        if count > 0 { json.append(UInt8(ascii: ",")) }
        json += more.joined(separator: [UInt8(ascii: ",")]) + Array(brackets[1].utf8)
        if let index { self.members[index].json = json } else { self.members.append((name, json)) }
    }

    private static func object(_ members: [(name: String, json: [UInt8])]) -> [UInt8] {
        var json = Array("{".utf8)
        for (index, member) in members.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            json += TableCell.quoted(member.name.utf8) + Array(":".utf8) + member.json
        }
        return json + Array("}".utf8)
    }

    /// What a field of the record is called in the table: those of a vehicle, and attributes by name, have columns.
    func column(_ field: String) -> String {
        if field.hasPrefix("vehicle.") { return String(field.dropFirst("vehicle.".count)) }
        for (index, column) in self.namedAttributes.enumerated()
        where field.hasPrefix("attributes[\(self.attributeCount + index)]") {
            return column
        }
        return field
    }
}
