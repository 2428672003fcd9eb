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

    var tables: Tables { self.schema.tables }

    @inline(__always)
    private func append(tag: UInt32) {
        if tag != 0 { self.output.append(varint: UInt64(tag)) }
    }

    /// Writes a number in the form of its kind.
    private func write(bits: UInt64, _ entry: FieldEntry, _ place: ValuePlace) {
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

    private func write(_ value: Int64, _ entry: FieldEntry, _ place: ValuePlace) -> Outcome {
        if value == 0, place.omitsZero { return .empty }
        if entry.rules >= 0, let fault = Faults.range(value, self.tables.rules[Int(entry.rules)]) {
            return .refused(fault)
        }
        let isZigzag = entry.kind == .sint32 || entry.kind == .sint64
        self.write(bits: isZigzag ? value.zigzagEncoded : UInt64(bitPattern: value), entry, place)
        return .written
    }

    private func write(_ value: UInt64, _ entry: FieldEntry, _ place: ValuePlace) -> Outcome {
        if value == 0, place.omitsZero { return .empty }
        if entry.rules >= 0, let fault = Faults.range(value, self.tables.rules[Int(entry.rules)]) {
            return .refused(fault)
        }
        self.write(bits: value, entry, place)
        return .written
    }

    private func write(_ value: Double, _ entry: FieldEntry, _ place: ValuePlace) -> Outcome {
        if value.bitPattern == 0, place.omitsZero { return .empty }
        if entry.rules >= 0, let fault = Faults.range(value, self.tables.rules[Int(entry.rules)]) {
            return .refused(fault)
        }
        self.write(bits: value.bitPattern, entry, place)
        return .written
    }

    private func write(_ value: Float, _ entry: FieldEntry, _ place: ValuePlace) -> Outcome {
        if value.bitPattern == 0, place.omitsZero { return .empty }
        if entry.rules >= 0, let fault = Faults.range(Double(value), self.tables.rules[Int(entry.rules)]) {
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
        if entry.rules >= 0 {
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

extension ValueWriter {
    /// The name of an enum's value.
    func write(enumeration name: RawSpan, _ entry: FieldEntry, _ place: ValuePlace) -> Outcome {
        for index in self.tables.enums[Int(entry.type)].values {
            let value = self.tables.enumValues[index]
            guard self.tables.isEqual(Int(value.nameStart), Int(value.nameCount), name, 0..<name.byteCount) else {
                continue
            }
            if value.number == 0, place.omitsZero || entry.isRequired && !entry.isRepeated { return .empty }
            self.write(bits: UInt64(bitPattern: Int64(value.number)), entry, place)
            return .written
        }
        return .refused(self.unknownValue(String(copying: name), entry))
    }

    private func unknownValue(_ name: String, _ entry: FieldEntry) -> Fault {
        let nearest = Naming.nearest(to: name, among: self.valueNames(entry))
        let hint = nearest.map { "; did you mean \($0)?" } ?? ""
        return Fault(reason: "is none of its values" + hint, expected: self.expectation(entry))
    }

    private func valueNames(_ entry: FieldEntry) -> [String] {
        self.tables.enums[Int(entry.type)].values.map { self.tables.name(self.tables.enumValues[$0]) }
    }

    /// A value that is text in JSON or in a parameter, and something else on the wire; without escapes.
    func write(text: RawSpan, _ entry: FieldEntry, _ place: ValuePlace) -> Outcome {
        switch entry.kind {
        case .text:
            let mark = self.output.count
            let begin = self.beginContent(place)
            self.output.append(text)
            return self.endContent(begin, from: mark, entry, place)
        case .bytes:
            let mark = self.output.count
            let begin = self.beginContent(place)
            guard Base64.decode(text, to: self.output) else {
                return .refused(Fault(reason: "is not base64", expected: self.expectation(entry)))
            }
            return self.endContent(begin, from: mark, entry, place)
        case .enumeration: return self.write(enumeration: text, entry, place)
        case .message: return self.write(special: text, entry, place)
        case .double, .float: return self.write(nonFinite: text, entry, place)
        default: return .refused(Fault(reason: JSONKind.text.words, expected: self.expectation(entry)))
        }
    }

    private func write(nonFinite text: RawSpan, _ entry: FieldEntry, _ place: ValuePlace) -> Outcome {
        let value: Double
        switch String(copying: text) {
        case "NaN": value = .nan
        case "Infinity": value = .infinity
        case "-Infinity": value = -.infinity
        default: return .refused(Fault(reason: JSONKind.text.words, expected: self.expectation(entry)))
        }
        return entry.kind == .double ? self.write(value, entry, place) : self.write(Float(value), entry, place)
    }

    /// A message that is text in JSON.
    private func write(special text: RawSpan, _ entry: FieldEntry, _ place: ValuePlace) -> Outcome {
        let refusal = Outcome.refused(
            Fault(
                reason: self.isSpecial(entry) ? "is not valid" : JSONKind.text.words, expected: self.expectation(entry))
        )
        switch self.tables.messages[Int(entry.type)].special {
        case .none:
            return refusal
        case .timestamp:
            guard let value = SecondsAndNanos(timestamp: text) else { return refusal }
            return self.write(value, place)
        case .duration:
            guard let value = SecondsAndNanos(duration: text) else { return refusal }
            return self.write(value, place)
        case .fieldMask:
            guard let paths = FieldMaskText.paths(text) else { return refusal }
            return self.write(mask: paths, place)
        case .decimal:
            var scanner = JSONScanner(text)
            guard let number = try? scanner.number(), scanner.position == text.byteCount else { return refusal }
            return self.write(decimal: number, entry, place)
        }
    }

    func isSpecial(_ entry: FieldEntry) -> Bool {
        entry.kind == .message && self.tables.messages[Int(entry.type)].special != .none
    }

    private func write(_ value: SecondsAndNanos, _ place: ValuePlace) -> Outcome {
        let begin = self.beginContent(place)
        if value.seconds != 0 {
            self.output.append(0x08 as UInt8)
            self.output.append(varint: UInt64(bitPattern: value.seconds))
        }
        if value.nanos != 0 {
            self.output.append(0x10 as UInt8)
            self.output.append(varint: UInt64(bitPattern: Int64(value.nanos)))
        }
        self.output.endLengthDelimited(begin)
        return .written
    }

    /// The paths of a field mask.
    func write(mask paths: [[UInt8]], _ place: ValuePlace) -> Outcome {
        let begin = self.beginContent(place)
        for path in paths {
            self.output.append(0x0A as UInt8)
            self.output.append(varint: UInt64(path.count))
            self.output.append(path.span.bytes)
        }
        self.output.endLengthDelimited(begin)
        return .written
    }

    /// An exact decimal number.
    func write(decimal number: DecimalNumber, _ entry: FieldEntry, _ place: ValuePlace) -> Outcome {
        guard let micros = number.signed(scaledBy: 6) else {
            return .refused(
                Fault(reason: "is beyond the range or precision of a decimal number", expected: self.expectation(entry))
            )
        }
        let begin = self.beginContent(place)
        if micros != 0 {
            self.output.append(0x08 as UInt8)
            self.output.append(varint: UInt64(bitPattern: micros))
        }
        self.output.endLengthDelimited(begin)
        return .written
    }

    /// What a field takes, in words.
    func expectation(_ entry: FieldEntry) -> String {
        switch entry.kind {
        case .text: "text"
        case .bytes: "bytes in base64"
        case .bool: "true or false"
        case .double, .float: "a number"
        case .enumeration: "one of " + self.valueNames(entry).joined(separator: ", ")
        case .message:
            switch self.tables.messages[Int(entry.type)].special {
            case .none: "an object"
            case .timestamp: "a time as RFC 3339 has it, for example 2026-01-31T12:00:00Z"
            case .duration: "a duration in seconds, for example 1.5s"
            case .fieldMask: "names of fields joined by commas, for example name,leadTime"
            case .decimal: "a decimal number with at most six decimals, for example 12.5"
            }
        default: NumberFaults.range(entry.kind)
        }
    }
}

/// How numbers are refused.
enum NumberFaults {
    static let beyondDouble = Fault(reason: "is beyond the range of the number", expected: "at most 1.7e308 either way")
    static let beyondFloat = Fault(reason: "is beyond the range of the number", expected: "at most 3.4e38 either way")

    static func integer(_ kind: ValueKind, _ number: DecimalNumber) -> Fault {
        // 2 * 64 bits are less than 40 digits: whatever is whole and small enough has been taken already.
        let isWhole = !number.isCut && (number.exponent >= 0 || number.magnitude != nil)
        return Fault(
            reason: isWhole || number.isCut ? "is beyond the range" : "is not a whole number",
            expected: self.range(kind))
    }

    static func range(_ kind: ValueKind) -> String {
        switch kind {
        case .int32, .sint32, .sfixed32: "a whole number from \(Int32.min) to \(Int32.max)"
        case .uint32, .fixed32: "a whole number from 0 to \(UInt32.max)"
        case .uint64, .fixed64: "a whole number from 0 to \(UInt64.max)"
        default: "a whole number from \(Int64.min) to \(Int64.max)"
        }
    }
}
