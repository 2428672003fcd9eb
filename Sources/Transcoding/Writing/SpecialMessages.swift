internal import ProtobufC

extension JSONWriter {
    /// Writes a message whose JSON is not an object.
    func special(_ message: MessageEntry, _ range: Range<Int>) throws(WireError) {
        switch message.special {
        case .none: return
        case .timestamp:
            let value = try self.time(range)
            guard value.isTimestamp else { throw WireError(offset: range.lowerBound, reason: "a time is out of range") }
            self.quoted { $0.append(timestamp: value) }
        case .duration:
            let value = try self.time(range)
            guard value.isDuration else {
                throw WireError(offset: range.lowerBound, reason: "a duration is out of range")
            }
            self.quoted { $0.append(duration: value) }
        case .decimal:
            var micros: Int64 = 0
            try self.forEachNumber(range) { number, value in if number == 1 { micros = Int64(bitPattern: value) } }
            self.output.append(micros: micros)
        case .fieldMask:
            try self.fieldMask(range)
        }
    }

    private func quoted(_ body: (OutputBytes) -> Void) {
        self.output.append(UInt8(ascii: "\""))
        body(self.output)
        self.output.append(UInt8(ascii: "\""))
    }

    private func time(_ range: Range<Int>) throws(WireError) -> SecondsAndNanos {
        var value = SecondsAndNanos(seconds: 0, nanos: 0)
        try self.forEachNumber(range) { number, bits in
            if number == 1 { value.seconds = Int64(bitPattern: bits) }
            if number == 2 { value.nanos = Int32(truncatingIfNeeded: bits) }
        }
        return value
    }

    private func forEachNumber(
        _ range: Range<Int>, _ body: (UInt32, UInt64) -> Void
    ) throws(WireError) {
        var reader = WireReader(self.wire, range)
        while !reader.isAtEnd {
            let (number, type) = try reader.tag()
            if type == .varint {
                body(number, try reader.varint())
            } else {
                try reader.skip(type)
            }
        }
    }

    private func fieldMask(_ range: Range<Int>) throws(WireError) {
        self.output.append(UInt8(ascii: "\""))
        var reader = WireReader(self.wire, range)
        var isFirst = true
        while !reader.isAtEnd {
            let (number, type) = try reader.tag()
            guard number == 1, type == .lengthDelimited else {
                try reader.skip(type)
                continue
            }
            let path = try reader.lengthDelimited()
            if !isFirst { self.output.append(UInt8(ascii: ",")) }
            isFirst = false
            guard FieldMaskText.append(self.wire.extracting(path), to: self.output) else {
                throw WireError(offset: path.lowerBound, reason: "a field mask holds what is no path of fields")
            }
        }
        self.output.append(UInt8(ascii: "\""))
    }
}
