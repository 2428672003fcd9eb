internal import FileFormats
internal import OrderMessages

/// The rows of one order, on their way into JSON.
struct OrderRows: Sendable {
    /// The most lines of an order; what is beyond refuses it.
    static let maximumRows = 250

    /// Where the first row stands.
    let line: Int64
    let orderID: [UInt8]
    private var rows = 1
    /// What the rows say of the order as a whole, by the number of the field.
    private var ofOrder: [Int: [UInt8]] = [:]
    private var items: [[UInt8]] = []
    /// What is wrong with the rows, in their order.
    private var faults: [OrderRecordFault] = []

    /// Begins with a row.
    init(_ record: CSVRecord, _ columns: OrderColumns, _ set: OrderColumnSet, orderID: [UInt8]) {
        self.line = record.line
        self.orderID = orderID
        self.add(record, columns, set)
    }

    /// A row that cannot be read at all is a record of its own.
    init(unreadable fault: OrderRecordFault, line: Int64) {
        (self.line, self.orderID) = (line, [])
        self.faults = [fault]
    }

    /// The cell that names the order of a row.
    static func orderID(_ record: CSVRecord, _ columns: OrderColumns, _ set: OrderColumnSet) -> [UInt8] {
        guard let number = set.number(of: OrderColumnSet.orderID), let index = columns.all.firstIndex(of: number) else {
            return []
        }
        return Array(CSVCell.text(record[index]))
    }

    /// Takes another row of the order.
    mutating func append(_ record: CSVRecord, _ columns: OrderColumns, _ set: OrderColumnSet) {
        self.rows += 1
        // So many are looked at, that what is refused costs no memory.
        guard self.rows <= Self.maximumRows else { return }
        self.add(record, columns, set)
    }

    private mutating func add(_ record: CSVRecord, _ columns: OrderColumns, _ set: OrderColumnSet) {
        var item: [(object: String, member: String, json: [UInt8])] = []
        for (index, number) in columns.all.enumerated() {
            guard let number, !record[index].isEmpty else { continue }
            let field = set.fields[number]
            do throws(OrderRecordFault) {
                let json = try field.json(record[index], line: record.line)
                if field.isOfItem {
                    item.append((field.object, field.member, json))
                } else if let before = self.ofOrder.updateValue(json, forKey: number), before != json {
                    throw OrderRecordFault(
                        field: field.name,
                        message:
                            "\(field.name) in line \(record.line) is another than in a row of the order before; "
                            + "expected "
                            + "the same in all rows of an order, or nothing behind the first")
                }
            } catch {
                if self.faults.count < OrderRecordFault.maximumFields { self.faults.append(error) }
            }
        }
        self.items.append(Self.object(item))
    }

    /// The order of the rows.
    func record(_ json: OrderJSON, _ defaults: OrderDefaults) -> OrderRecord {
        let name = String(decoding: self.orderID, as: UTF8.self)
        do throws(OrderRecordFault) {
            if let first = self.faults.first {
                throw OrderRecordFault(field: first.field, message: self.faults.map(\.message).joined(separator: ". "))
            }
            guard !self.orderID.isEmpty else {
                throw OrderRecordFault(
                    field: OrderColumnSet.orderID,
                    message:
                        "\(OrderColumnSet.orderID) is missing; expected the id by which the channel knows the order")
            }
            guard self.rows <= Self.maximumRows else {
                throw OrderRecordFault(
                    field: "items", message: "the order has \(self.rows) lines; expected at most \(Self.maximumRows)")
            }
            var request = try json.request(self.document(json.columns)) { json.columns.column(ofField: $0) }
            defaults.complete(&request)
            return OrderRecord(line: self.line, content: .order(request))
        } catch {
            return error.record(line: self.line, orderID: name)
        }
    }

    private func document(_ set: OrderColumnSet) -> [UInt8] {
        var members = self.ofOrder.sorted { $0.key < $1.key }.map { number, json in
            (object: set.fields[number].object, member: set.fields[number].member, json: json)
        }
        var items: [UInt8] = [UInt8(ascii: "[")]
        for (index, item) in self.items.enumerated() {
            if index > 0 { items.append(UInt8(ascii: ",")) }
            items += item
        }
        items.append(UInt8(ascii: "]"))
        members.append(("", "items", items))
        return Self.object(members)
    }

    /// An object with members of its own and of objects in it.
    private static func object(_ members: [(object: String, member: String, json: [UInt8])]) -> [UInt8] {
        var json: [UInt8] = [UInt8(ascii: "{")]
        func append(_ name: String, _ value: [UInt8]) {
            if json.count > 1 { json.append(UInt8(ascii: ",")) }
            JSONQuoting.append(name.utf8, to: &json)
            json.append(UInt8(ascii: ":"))
            json += value
        }
        var done: Set<String> = []
        for entry in members {
            if entry.object.isEmpty {
                append(entry.member, entry.json)
            } else if done.insert(entry.object).inserted {
                let inner = members.filter { $0.object == entry.object }.map { ("", $0.member, $0.json) }
                append(entry.object, Self.object(inner))
            }
        }
        json.append(UInt8(ascii: "}"))
        return json
    }
}

extension OrderTableField {
    private static let bar = UInt8(ascii: "|")

    /// A cell as JSON; what it may be is checked with the whole order, but it is one value.
    func json(_ cell: ArraySlice<UInt8>, line: Int64) throws(OrderRecordFault) -> [UInt8] {
        guard String(validating: cell, as: UTF8.self) != nil else {
            throw self.fault("is not UTF-8", line, expected: "the file saved as UTF-8")
        }
        var json: [UInt8] = []
        switch self.form {
        case .text: JSONQuoting.append(CSVCell.text(cell), to: &json)
        case .number, .boolean: return self.bare(CSVCell.trimmed(cell))
        case .texts where CSVCell.trimmed(cell).first != UInt8(ascii: "["):
            json.append(UInt8(ascii: "["))
            for (index, text) in CSVCell.text(cell).split(separator: Self.bar).enumerated() {
                if index > 0 { json.append(UInt8(ascii: ",")) }
                JSONQuoting.append(CSVCell.trimmed(text), to: &json)
            }
            json.append(UInt8(ascii: "]"))
        case .texts, .json:
            let text = CSVCell.trimmed(cell)
            do throws(JSONFault) { _ = try JSONValue(text) } catch {
                throw self.fault(
                    "is no JSON (\(error.reason), at its byte \(error.offset + 1))", line,
                    expected: self.form == .texts
                        ? "values with | between them, or a JSON list of texts" : "a JSON list or object")
            }
            return Array(text)
        }
        return json
    }

    private func fault(_ problem: String, _ line: Int64, expected: String) -> OrderRecordFault {
        OrderRecordFault(
            field: self.name, message: "\(self.name) in line \(line) \(problem); expected \(expected)")
    }

    /// A number or a word; what is neither is given as a text, so that it is refused as one.
    private func bare(_ cell: ArraySlice<UInt8>) -> [UInt8] {
        // Spreadsheets write booleans in capitals.
        if self.form == .boolean {
            if cell.elementsEqual("TRUE".utf8) { return Array("true".utf8) }
            if cell.elementsEqual("FALSE".utf8) { return Array("false".utf8) }
        }
        switch try? JSONValue(cell) {
        case .number, .bool: return Array(cell)
        default:
            var json: [UInt8] = []
            JSONQuoting.append(cell, to: &json)
            return json
        }
    }

    /// The cell of a value; nil: there is nothing to say.
    func cell(_ json: ArraySlice<UInt8>) -> String? {
        guard let value = try? JSONValue(json) else { return nil }
        switch (self.form, value) {
        case (_, .null): return nil
        case (.text, .string(let text)): return text.isEmpty ? nil : CSVCell.cell(text)
        case (.number, .number(let digits)): return digits
        case (.boolean, .bool(let isTrue)): return isTrue ? "true" : nil
        case (.texts, .array(let elements)):
            return elements.isEmpty ? nil : Self.bars(elements) ?? String(decoding: json, as: UTF8.self)
        case (_, .array(let elements)): return elements.isEmpty ? nil : String(decoding: json, as: UTF8.self)
        default: return String(decoding: json, as: UTF8.self)
        }
    }

    /// Texts with bars between them; nil: they have to be written as JSON.
    private static func bars(_ elements: [JSONValue]) -> String? {
        var texts: [String] = []
        for element in elements {
            guard case .string(let text) = element, !text.isEmpty, !text.utf8.contains(Self.bar) else { return nil }
            let bytes = Array(text.utf8)
            guard CSVCell.trimmed(bytes[...]).count == bytes.count else { return nil }
            texts.append(text)
        }
        let cell = texts.joined(separator: "|")
        return cell.utf8.first == UInt8(ascii: "[") || CSVCell.isMarked(cell.utf8) ? nil : cell
    }
}
