internal import ProtobufC

/// One step on the way from the message to a value.
enum PathStep {
    case field(Int)
    case index(Int)
    /// The key of a map's entry, as it stands in the input.
    case key(JSONText)
}

/// Reads JSON and writes the message's wire bytes as it goes, without keeping either.
struct JSONReader: ~Copyable, ~Escapable {
    let writer: ValueWriter
    var scanner: JSONScanner
    var path: [PathStep] = []
    /// How many steps lead to the body's own value, where that is a field of the message.
    var bodyDepth = 0
    var faults: [FieldFault]
    /// The paths of the fields that were named, where a field mask is to be made of them.
    var mask: [[UInt8]]?
    /// How many lists and maps are open: what is in them has no path in a mask.
    private var collectionDepth = 0

    @_lifetime(copy json)
    init(_ json: RawSpan, _ writer: ValueWriter, faults: [FieldFault] = []) {
        self.writer = writer
        self.scanner = JSONScanner(json)
        self.faults = faults
        self.path.reserveCapacity(16)
    }

    private var tables: Tables { self.writer.schema.tables }

    /// Reads the value of a message: an object, or what stands for it where the message is special.
    mutating func message(_ message: MessageEntry, _ state: inout MessageState) throws(JSONError) {
        guard try self.scanner.open(UInt8(ascii: "}")) else { return }
        repeat {
            guard self.scanner.next() == UInt8(ascii: "\"") else { throw self.scanner.unexpected("a name in quotes") }
            let name = try self.scanner.text()
            try self.scanner.take(UInt8(ascii: ":"), "a colon")
            try self.member(name, message, &state)
        } while try self.scanner.another(UInt8(ascii: "}"))
    }

    private mutating func member(
        _ name: JSONText, _ message: MessageEntry, _ state: inout MessageState
    ) throws(JSONError) {
        guard let field = self.field(name, message) else {
            try self.reportUnknown(name, message)
            return try self.scanner.skip()
        }
        self.path.append(.field(field))
        try self.value(of: field, message, &state)
        self.path.removeLast()
    }

    private func field(_ name: JSONText, _ message: MessageEntry) -> Int? {
        guard name.hasEscapes else { return self.tables.field(of: message, named: self.scanner.bytes, name.range) }
        guard name.flaw == nil else { return nil }
        let plain = Array(self.scanner.string(name).utf8)
        return self.tables.field(of: message, named: plain.span.bytes, 0..<plain.count)
    }

    /// Reads the value of a field, whose step has been added to the path.
    mutating func value(
        of field: Int, _ message: MessageEntry, _ state: inout MessageState
    ) throws(JSONError) {
        let entry = self.tables.fields[field]
        let place = field &- Int(message.firstField)
        guard state.seen.insert(place) else {
            let isBound = state.bound.contains(place)
            try self.report(
                Fault(reason: isBound ? "stands in the URL already" : "is given twice", expected: "one value"))
            return try self.scanner.skip()
        }
        let kind = try self.scanner.kind()
        let maskCount = self.mask?.count
        if kind == .null {
            try self.scanner.literal("null")
        } else if entry.oneof >= 0, !state.oneofs.insert(Int(entry.oneof)) {
            try self.report(self.secondChoice(entry, message))
            try self.scanner.skip()
        } else if try self.value(kind, entry) {
            state.present.insert(place)
        }
        if maskCount == self.mask?.count { self.addToMask() }
    }

    private func secondChoice(_ entry: FieldEntry, _ message: MessageEntry) -> Fault {
        let names = message.fields.filter { self.tables.fields[$0].oneof == entry.oneof }.map { self.tables.name($0) }
        return Fault(
            reason: "is given beside another choice", expected: "only one of " + names.joined(separator: ", "))
    }

    /// - Returns: Whether there is a value; one that was refused counts.
    private mutating func value(_ kind: JSONKind, _ entry: FieldEntry) throws(JSONError) -> Bool {
        switch entry.shape {
        case .single, .member: return try self.settle(try self.one(kind, entry, ValuePlace(entry)))
        case .list, .packedList: return try self.list(kind, entry)
        case .map: return try self.map(kind, entry)
        }
    }

    private mutating func settle(_ outcome: Outcome) throws(JSONError) -> Bool {
        switch outcome {
        case .written: return true
        case .empty: return false
        case .refused(let fault):
            try self.report(fault)
            return true
        }
    }

    /// Reads one value.
    private mutating func one(
        _ kind: JSONKind, _ entry: FieldEntry, _ place: ValuePlace
    ) throws(JSONError) -> Outcome {
        switch kind {
        case .text:
            return self.text(try self.scanner.text(), entry, place)
        case .number:
            let number = try self.scanner.number()
            if entry.kind == .message, self.tables.messages[Int(entry.type)].special == .decimal {
                return self.writer.write(decimal: number, entry, place)
            }
            return self.writer.write(number, in: self.scanner, entry, place)
        case .boolean:
            return self.writer.write(try self.scanner.boolean(), entry, place)
        case .object where entry.kind == .message && !self.writer.isSpecial(entry):
            return try self.object(entry, place)
        case .object, .list, .null:
            try self.scanner.skip()
            return .refused(Fault(reason: kind.words, expected: self.writer.expectation(entry)))
        }
    }

    private mutating func object(_ entry: FieldEntry, _ place: ValuePlace) throws(JSONError) -> Outcome {
        let begin = self.writer.beginContent(place)
        let message = self.tables.messages[Int(entry.type)]
        var state = MessageState()
        try self.message(message, &state)
        if message.hasAbsences { try self.reportAbsences(message, state) }
        self.writer.output.endLengthDelimited(begin)
        return .written
    }

    private func text(_ text: JSONText, _ entry: FieldEntry, _ place: ValuePlace) -> Outcome {
        if let flaw = text.flaw { return .refused(flaw.fault) }
        if entry.kind == .text {
            let mark = self.writer.output.count
            let begin = self.writer.beginContent(place)
            self.scanner.append(text, to: self.writer.output)
            return self.writer.endContent(begin, from: mark, entry, place)
        }
        guard text.hasEscapes else {
            return self.writer.write(text: self.scanner.bytes.extracting(text.range), entry, place)
        }
        let plain = Array(self.scanner.string(text).utf8)
        return self.writer.write(text: plain.span.bytes, entry, place)
    }
}

extension JSONReader {
    private mutating func list(_ kind: JSONKind, _ entry: FieldEntry) throws(JSONError) -> Bool {
        guard kind == .list else {
            try self.scanner.skip()
            return try self.settle(
                .refused(
                    Fault(reason: kind.words, expected: "a list of values, each " + self.writer.expectation(entry))))
        }
        self.collectionDepth += 1
        defer { self.collectionDepth -= 1 }
        guard try self.scanner.open(UInt8(ascii: "]")) else { return false }
        let output = self.writer.output
        var begin = 0
        if entry.shape == .packedList {
            output.append(varint: UInt64(entry.tag))
            begin = output.beginLengthDelimited()
        }
        let place = ValuePlace(element: entry)
        var count = 0
        repeat {
            self.path.append(.index(count))
            _ = try self.settle(try self.one(try self.scanner.kind(), entry, place))
            self.path.removeLast()
            count += 1
        } while try self.scanner.another(UInt8(ascii: "]"))
        if entry.shape == .packedList { output.endLengthDelimited(begin) }
        try self.checkCount(count, entry)
        return true
    }

    private mutating func checkCount(_ count: Int, _ entry: FieldEntry) throws(JSONError) {
        guard entry.rules >= 0, let fault = Faults.count(count, self.tables.rules[Int(entry.rules)]) else { return }
        try self.report(fault)
    }

    private mutating func map(_ kind: JSONKind, _ entry: FieldEntry) throws(JSONError) -> Bool {
        guard kind == .object else {
            try self.scanner.skip()
            return try self.settle(.refused(Fault(reason: kind.words, expected: "an object of names and values")))
        }
        self.collectionDepth += 1
        defer { self.collectionDepth -= 1 }
        let message = self.tables.messages[Int(entry.type)]
        guard let key = self.tables.field(of: message, number: 1), let value = self.tables.field(of: message, number: 2)
        else { throw self.scanner.error("the schema's map has no keys") }
        guard try self.scanner.open(UInt8(ascii: "}")) else { return false }
        var keys = MapKeys()
        repeat {
            guard self.scanner.next() == UInt8(ascii: "\"") else { throw self.scanner.unexpected("a name in quotes") }
            let name = try self.scanner.text()
            try self.scanner.take(UInt8(ascii: ":"), "a colon")
            self.path.append(.key(name))
            try self.entry(name, entry, self.tables.fields[key], self.tables.fields[value], &keys)
            self.path.removeLast()
        } while try self.scanner.another(UInt8(ascii: "}"))
        try self.checkCount(keys.count, entry)
        return true
    }

    private mutating func entry(
        _ name: JSONText, _ map: FieldEntry, _ key: FieldEntry, _ value: FieldEntry, _ keys: inout MapKeys
    ) throws(JSONError) {
        let output = self.writer.output
        let begin = self.writer.beginContent(ValuePlace(element: map))
        let outcome = self.key(name, key)
        let keyCount = output.count - begin
        if case .refused(let fault) = outcome {
            try self.report(fault)
            return try self.scanner.skip()
        }
        _ = try self.settle(try self.one(try self.scanner.kind(), value, ValuePlace(element: value)))
        let contentCount = output.count - begin
        output.endLengthDelimited(begin)
        let start = output.count - contentCount
        guard keys.insert(start..<start + keyCount, in: output) else {
            return try self.report(Fault(reason: "is given twice", expected: "one value for each key"))
        }
    }

    /// A key, which is text in JSON whatever it is on the wire.
    private func key(_ name: JSONText, _ entry: FieldEntry) -> Outcome {
        let place = ValuePlace(element: entry)
        if entry.kind == .text { return self.text(name, entry, place) }
        guard !name.hasEscapes else {
            return .refused(Fault(reason: "is no key of this map", expected: self.writer.expectation(entry)))
        }
        return self.writer.write(parameter: self.scanner.bytes.extracting(name.range), entry, place)
    }
}

extension JSONReader {
    /// Notes what is wrong with the value that the path leads to.
    ///
    /// - Throws: Where there are as many faults as are reported, so that reading ends.
    mutating func report(_ fault: Fault) throws(JSONError) {
        self.faults.append(
            FieldFault(
                source: .body, pointer: self.pointer, field: self.fieldName, reason: fault.reason,
                expected: fault.expected))
        if self.faults.count >= TranscodingError.maximumFields { throw self.scanner.error("too many fields are wrong") }
    }

    private mutating func reportUnknown(_ name: JSONText, _ message: MessageEntry) throws(JSONError) {
        let known = message.fields.map { self.tables.name($0) }
        let given = self.scanner.string(name)
        let nearest = Naming.nearest(to: given, among: known)
        let expected: String =
            if let nearest { nearest } else { known.isEmpty ? "no field" : "one of " + known.joined(separator: ", ") }
        self.path.append(.key(name))
        let hint = nearest == nil ? "" : "; did you mean \(expected)?"
        try self.report(Fault(reason: "is not known" + hint, expected: expected))
        self.path.removeLast()
    }

    /// Notes each field that is wrong by being absent.
    mutating func reportAbsences(_ message: MessageEntry, _ state: MessageState) throws(JSONError) {
        for field in message.fields {
            let entry = self.tables.fields[field]
            guard entry.absence >= 0, !state.present.contains(field - Int(message.firstField)) else { continue }
            self.path.append(.field(field))
            try self.report(self.tables.absences[Int(entry.absence)])
            self.path.removeLast()
        }
    }

    /// The place in the body's JSON.
    private var pointer: String {
        self.path.dropFirst(self.bodyDepth).map { "/" + Self.escaped(self.name($0)) }.joined()
    }

    private static func escaped(_ name: String) -> String {
        guard name.contains(where: { $0 == "~" || $0 == "/" }) else { return name }
        return name.map { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) }.joined()
    }

    private func name(_ step: PathStep) -> String {
        switch step {
        case .field(let field): self.tables.name(field)
        case .index(let index): "\(index)"
        case .key(let text): self.scanner.string(text)
        }
    }

    /// The field as RPC names it. The last key may be a name that no field has.
    private var fieldName: String {
        var result = ""
        var previousIsMap = false
        for step in self.path {
            switch step {
            case .field(let field):
                result += (result.isEmpty ? "" : ".") + self.tables.name(field)
                previousIsMap = self.tables.fields[field].shape == .map
                continue
            case .index(let index):
                result += "[\(index)]"
            case .key(let text) where previousIsMap:
                result += "[\(self.scanner.string(text))]"
            case .key(let text):
                result += (result.isEmpty ? "" : ".") + self.scanner.string(text)
            }
            previousIsMap = false
        }
        return result
    }

    private mutating func addToMask() {
        guard self.mask != nil, self.collectionDepth == 0 else { return }
        let names = self.path.dropFirst(self.bodyDepth).compactMap { step -> String? in
            if case .field(let field) = step { self.tables.protoNames[field] } else { nil }
        }
        self.mask?.append(Array(names.joined(separator: ".").utf8))
    }
}

/// The keys of a map, as they stand in the output.
struct MapKeys {
    /// So many keys are compared one by one; more become a set, whose hashes an attacker does not know.
    private static let maximumCompared = 16

    private var ranges: [Range<Int>] = []
    private var set: Set<[UInt8]> = []
    private(set) var count = 0

    /// Adds a key.
    ///
    /// - Returns: Whether it was new.
    mutating func insert(_ range: Range<Int>, in output: OutputBytes) -> Bool {
        self.count += 1
        return output.withSpan { bytes in self.insert(range, in: bytes) }
    }

    private mutating func insert(_ range: Range<Int>, in bytes: RawSpan) -> Bool {
        if self.count <= Self.maximumCompared {
            let key = bytes.extracting(range)
            let isKnown = self.ranges.contains { bytes.extracting($0).isEqual(to: key) }
            self.ranges.append(range)
            return !isKnown
        }
        if self.set.isEmpty { self.set = Set(self.ranges.map { bytes.extracting($0).array }) }
        return self.set.insert(bytes.extracting(range).array).inserted
    }
}
