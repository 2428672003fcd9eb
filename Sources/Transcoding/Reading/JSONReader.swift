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
    var writer: ValueWriter
    var scanner: JSONScanner
    var path: [PathStep] = []
    /// How many steps lead to the body's own value, where that is a field of the message.
    var bodyDepth = 0
    var faults: [FieldFault]
    /// The paths of the fields that were named, where a field mask is to be made of them.
    var mask: [[UInt8]]?
    /// How many lists and maps are open: what is in them has no path in a mask.
    var collectionDepth = 0

    @_lifetime(copy json)
    init(_ json: RawSpan, _ writer: ValueWriter, faults: [FieldFault] = []) {
        self.writer = writer
        self.scanner = JSONScanner(json)
        self.faults = faults
        self.path.reserveCapacity(16)
    }

    var tables: Tables { self.writer.schema.tables }

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

    mutating func settle(_ outcome: Outcome) throws(JSONError) -> Bool {
        switch outcome {
        case .written: return true
        case .empty: return false
        case .refused(let fault):
            try self.report(fault)
            return true
        }
    }

    /// Reads one value.
    mutating func one(
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
        if message.hasAbsences, self.writer.checksRules { try self.reportAbsences(message, state) }
        self.writer.output.endLengthDelimited(begin)
        return .written
    }

    func text(_ text: JSONText, _ entry: FieldEntry, _ place: ValuePlace) -> Outcome {
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
