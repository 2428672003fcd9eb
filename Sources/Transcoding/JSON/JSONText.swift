internal import ProtobufC

/// Text as it stands in JSON, between its quotes.
struct JSONText {
    /// What makes text unfit for a message, although it is JSON.
    enum Flaw {
        case nul
        case loneSurrogate

        var fault: Fault {
            switch self {
            case .nul: Fault(reason: "holds U+0000", expected: "text without it")
            case .loneSurrogate:
                Fault(reason: "holds half of a surrogate pair", expected: "both halves, or the character itself")
            }
        }
    }

    var range: Range<Int>
    var hasEscapes = false
    var flaw: Flaw?
}

extension JSONScanner {
    /// Takes text; the position must be at its first quote.
    mutating func text() throws(JSONError) -> JSONText {
        let start = self.position &+ 1
        self.position = start
        var result = JSONText(range: start..<start)
        var isASCII = true
        while true {
            self.position = plainEnd(self.bytes, self.position)
            guard self.position < self.bytes.byteCount else { throw self.error("the text ends within quotes") }
            let byte = self.bytes.byte(at: self.position)
            switch byte {
            case UInt8(ascii: "\""):
                result.range = start..<self.position
                guard isASCII || self.bytes.extracting(result.range).isUTF8 else {
                    throw JSONError(offset: start, reason: "text is not UTF-8")
                }
                self.position &+= 1
                return result
            case UInt8(ascii: "\\"):
                result.hasEscapes = true
                try self.escape(&result)
            case 0..<0x20:
                throw self.error("a control character must be written as an escape")
            default:
                isASCII = false
                self.position &+= 1
                while self.current >= 0x80 { self.position &+= 1 }
            }
        }
    }

    private mutating func escape(_ text: inout JSONText) throws(JSONError) {
        self.position &+= 1
        switch self.current {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            self.position &+= 1
        case UInt8(ascii: "u"):
            let unit = try self.codeUnit()
            if unit == 0 { text.flaw = text.flaw ?? .nul }
            guard (0xD800...0xDFFF).contains(unit) else { return }
            guard unit < 0xDC00, self.current == UInt8(ascii: "\\"), self.position &+ 1 < self.bytes.byteCount,
                self.bytes.byte(at: self.position &+ 1) == UInt8(ascii: "u")
            else { return text.flaw = text.flaw ?? .loneSurrogate }
            let start = self.position
            self.position &+= 1
            guard !(0xDC00...0xDFFF).contains(try self.codeUnit()) else { return }
            // The second escape stands for itself; it is read again.
            self.position = start
            text.flaw = text.flaw ?? .loneSurrogate
        default:
            throw self.unexpected("one of \" \\ / b f n r t u behind a backslash")
        }
    }

    /// Takes `uXXXX`.
    private mutating func codeUnit() throws(JSONError) -> UInt32 {
        self.position &+= 1
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = hexadecimalDigit(self.current) else { throw self.unexpected("a hexadecimal digit") }
            unit = unit << 4 | UInt32(digit)
            self.position &+= 1
        }
        return unit
    }

    /// Appends text with its escapes resolved; it must have no flaw.
    func append(_ text: JSONText, to output: OutputBytes) {
        guard text.hasEscapes else { return output.append(self.bytes.extracting(text.range)) }
        var position = text.range.lowerBound
        while position < text.range.upperBound {
            let plain = position
            while position < text.range.upperBound, self.bytes.byte(at: position) != UInt8(ascii: "\\") {
                position &+= 1
            }
            output.append(self.bytes.extracting(plain..<position))
            guard position &+ 1 < text.range.upperBound else { return }
            self.appendEscape(at: &position, to: output)
        }
    }

    private func appendEscape(at position: inout Int, to output: OutputBytes) {
        let letter = self.bytes.byte(at: position &+ 1)
        position &+= 2
        switch letter {
        case UInt8(ascii: "b"): output.append(0x08 as UInt8)
        case UInt8(ascii: "f"): output.append(0x0C as UInt8)
        case UInt8(ascii: "n"): output.append(0x0A as UInt8)
        case UInt8(ascii: "r"): output.append(0x0D as UInt8)
        case UInt8(ascii: "t"): output.append(0x09 as UInt8)
        case UInt8(ascii: "u"):
            var scalar = self.unit(at: position)
            position &+= 4
            if (0xD800..<0xDC00).contains(scalar) {
                scalar = 0x1_0000 + (scalar & 0x3FF) << 10 + (self.unit(at: position &+ 2) & 0x3FF)
                position &+= 6
            }
            output.append(scalar: scalar)
        default: output.append(letter)
        }
    }

    private func unit(at position: Int) -> UInt32 {
        var unit: UInt32 = 0
        for index in 0..<4 {
            unit = unit << 4 | UInt32(hexadecimalDigit(self.bytes.byte(at: position &+ index)) ?? 0)
        }
        return unit
    }

    /// The text as a fault shows it: not more of it than ``TranscodingError/maximumNameBytes``.
    func shown(_ text: JSONText) -> String {
        let maximum = TranscodingError.maximumNameBytes
        guard text.range.count > maximum else { return self.string(text) }
        let start = text.range.lowerBound
        return String(copying: self.bytes.extracting(start..<start + maximum)) + "…"
    }

    /// The text as a string.
    func string(_ text: JSONText) -> String {
        guard text.flaw == nil else { return String(copying: self.bytes.extracting(text.range)) }
        let output = OutputBytes()
        self.append(text, to: output)
        return output.withSpan { String(copying: $0) }
    }
}

/// The value of a hexadecimal digit.
func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte &- UInt8(ascii: "a") &+ 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte &- UInt8(ascii: "A") &+ 10
    default: nil
    }
}

extension OutputBytes {
    /// Appends a character, which must not be a surrogate, as UTF-8.
    fileprivate func append(scalar: UInt32) {
        switch scalar {
        case 0..<0x80: self.append(UInt8(truncatingIfNeeded: scalar))
        case 0x80..<0x800:
            self.append(0xC0 | UInt8(truncatingIfNeeded: scalar >> 6))
            self.append(0x80 | UInt8(truncatingIfNeeded: scalar & 0x3F))
        case 0x800..<0x1_0000:
            self.append(0xE0 | UInt8(truncatingIfNeeded: scalar >> 12))
            self.append(0x80 | UInt8(truncatingIfNeeded: scalar >> 6 & 0x3F))
            self.append(0x80 | UInt8(truncatingIfNeeded: scalar & 0x3F))
        default:
            self.append(0xF0 | UInt8(truncatingIfNeeded: scalar >> 18))
            self.append(0x80 | UInt8(truncatingIfNeeded: scalar >> 12 & 0x3F))
            self.append(0x80 | UInt8(truncatingIfNeeded: scalar >> 6 & 0x3F))
            self.append(0x80 | UInt8(truncatingIfNeeded: scalar & 0x3F))
        }
    }
}
