internal import ProtobufC

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
        let shown = min(name.byteCount, TranscodingError.maximumNameBytes)
        return .refused(self.unknownValue(String(copying: name.extracting(first: shown)), entry))
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
