internal import ProtobufC

/// What became of a value.
enum Outcome {
    /// It was written.
    case written
    /// It is zero or empty and the same as absent, so that nothing was written.
    case empty
    /// It is not valid. What was written of it is of no use.
    case refused(Fault)
}

/// How a value stands in a message.
struct ValuePlace {
    /// What is written in front; 0: nothing, as in a packed list.
    var tag: UInt32
    /// Whether zero is left out, because it is the same as absent.
    var omitsZero: Bool

    /// The place of a field's only value.
    init(_ entry: FieldEntry) {
        self.tag = entry.tag
        self.omitsZero = entry.shape == .single
    }

    /// The place of an element of a list, or of a key or value in a map.
    init(element entry: FieldEntry) {
        self.tag = entry.shape == .packedList ? 0 : entry.elementTag
        self.omitsZero = false
    }
}

/// Checks values against their types and rules, and writes them as protobuf does.
struct ValueWriter {
    let schema: Schema
    let output: OutputBytes
    /// Whether the rules of fields are checked: not within rows, of which one must not refuse the others.
    var checksRules = true

    var tables: Tables { self.schema.tables }

    @inline(__always)
    func checks(_ entry: FieldEntry) -> Bool { entry.rules >= 0 && self.checksRules }

    @inline(__always)
    func append(tag: UInt32) {
        if tag != 0 { self.output.append(varint: UInt64(tag)) }
    }

    /// Writes a number in the form of its kind.
    func write(bits: UInt64, _ entry: FieldEntry, _ place: ValuePlace) {
        self.append(tag: place.tag)
        switch entry.kind.wireType {
        case .varint: self.output.append(varint: bits)
        case .fixed32: self.output.append(littleEndian: UInt32(truncatingIfNeeded: bits))
        case .fixed64, .lengthDelimited: self.output.append(littleEndian: bits)
        }
    }

    /// A number of any kind.
    func write(
        _ number: DecimalNumber, in scanner: borrowing JSONScanner, _ entry: FieldEntry, _ place: ValuePlace
    )
        -> Outcome
    {
        switch entry.kind {
        case .double:
            guard let value = scanner.double(number) else { return .refused(NumberFaults.beyondDouble) }
            return self.write(value, entry, place)
        case .float:
            guard let value = scanner.float(number) else { return .refused(NumberFaults.beyondFloat) }
            return self.write(value, entry, place)
        case .int64, .sint64, .sfixed64:
            guard let value = number.signed() else { return .refused(NumberFaults.integer(entry.kind, number)) }
            return self.write(value, entry, place)
        case .int32, .sint32, .sfixed32:
            guard let value = number.signed(), Int32(exactly: value) != nil else {
                return .refused(NumberFaults.integer(entry.kind, number))
            }
            return self.write(value, entry, place)
        case .uint64, .fixed64:
            guard let value = number.unsigned else { return .refused(NumberFaults.integer(entry.kind, number)) }
            return self.write(value, entry, place)
        case .uint32, .fixed32:
            guard let value = number.unsigned, UInt32(exactly: value) != nil else {
                return .refused(NumberFaults.integer(entry.kind, number))
            }
            return self.write(value, entry, place)
        case .bool, .text, .bytes, .message, .enumeration:
            return .refused(Fault(reason: JSONKind.number.words, expected: self.expectation(entry)))
        }
    }

    func write(_ value: Int64, _ entry: FieldEntry, _ place: ValuePlace) -> Outcome {
        if value == 0, place.omitsZero { return .empty }
        if self.checks(entry), let fault = Faults.range(value, self.tables.rules[Int(entry.rules)]) {
            return .refused(fault)
        }
        let isZigzag = entry.kind == .sint32 || entry.kind == .sint64
        self.write(bits: isZigzag ? value.zigzagEncoded : UInt64(bitPattern: value), entry, place)
        return .written
    }

    func write(_ value: UInt64, _ entry: FieldEntry, _ place: ValuePlace) -> Outcome {
        if value == 0, place.omitsZero { return .empty }
        if self.checks(entry), let fault = Faults.range(value, self.tables.rules[Int(entry.rules)]) {
            return .refused(fault)
        }
        self.write(bits: value, entry, place)
        return .written
    }

    func write(_ value: Double, _ entry: FieldEntry, _ place: ValuePlace) -> Outcome {
        if value.bitPattern == 0, place.omitsZero { return .empty }
        if self.checks(entry), let fault = Faults.range(value, self.tables.rules[Int(entry.rules)]) {
            return .refused(fault)
        }
        self.write(bits: value.bitPattern, entry, place)
        return .written
    }

    func write(_ value: Float, _ entry: FieldEntry, _ place: ValuePlace) -> Outcome {
        if value.bitPattern == 0, place.omitsZero { return .empty }
        if self.checks(entry), let fault = Faults.range(Double(value), self.tables.rules[Int(entry.rules)]) {
            return .refused(fault)
        }
        self.write(bits: UInt64(value.bitPattern), entry, place)
        return .written
    }

    func write(_ value: Bool, _ entry: FieldEntry, _ place: ValuePlace) -> Outcome {
        guard entry.kind == .bool else {
            return .refused(Fault(reason: JSONKind.boolean.words, expected: self.expectation(entry)))
        }
        if !value, place.omitsZero { return .empty }
        self.write(bits: value ? 1 : 0, entry, place)
        return .written
    }

    /// Begins text or bytes; what follows in the output is their content.
    @inline(__always)
    func beginContent(_ place: ValuePlace) -> Int {
        self.append(tag: place.tag)
        return self.output.beginLengthDelimited()
    }

    /// Ends text or bytes.
    ///
    /// - Parameter mark: Where the output ended before they were begun.
    func endContent(_ begin: Int, from mark: Int, _ entry: FieldEntry, _ place: ValuePlace) -> Outcome {
        let count = self.output.count &- begin
        // Empty is as good as absent where absence is what the rule is about.
        if count == 0, place.omitsZero || entry.isRequired && !entry.isRepeated {
            self.output.truncate(to: mark)
            return .empty
        }
        if self.checks(entry) {
            let rules = self.tables.rules[Int(entry.rules)]
            if let fault = Faults.length(count, rules) { return .refused(fault) }
            if entry.kind == .text, let pattern = rules.pattern {
                guard self.output.withSpan(from: begin, { pattern.matches($0) }) else {
                    return .refused(Faults.mismatch(pattern))
                }
            }
        }
        self.output.endLengthDelimited(begin)
        return .written
    }
}
