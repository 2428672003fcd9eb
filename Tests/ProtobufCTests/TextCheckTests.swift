import CProtobufC
import ProtobufC
import Testing

@Suite("Text check")
struct TextCheckTests {
    /// Whether bytes are text when they lie at an offset from an aligned address, between bytes that are not.
    private static func isText(_ bytes: [UInt8], offset: Int) -> Bool {
        let guarded = [UInt8](repeating: 0, count: offset) + bytes + [0, 0xFF]
        return withUnsafeTemporaryAllocation(byteCount: guarded.count, alignment: 16) { memory in
            memory.copyBytes(from: guarded)
            let start = memory.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self)
            return ProtobufC.isText(ProtobufCBinaryData(len: bytes.count, data: start + offset))
        }
    }

    /// Expects an answer. Hundreds of thousands of `#expect` would take longer than what they look at.
    private static func expect(_ bytes: [UInt8], offset: Int, isText: Bool) {
        guard self.isText(bytes, offset: offset) != isText else { return }
        Issue.record("\(bytes) at offset \(offset) must \(isText ? "" : "not ")be text")
    }

    @Test("ASCII without NUL is text at every alignment and length", arguments: 0..<16)
    func acceptsASCII(_ offset: Int) {
        for length in 0...40 {
            for byte in [0x01, 0x20, 0x61, 0x7F] as [UInt8] {
                Self.expect([UInt8](repeating: byte, count: length), offset: offset, isText: true)
            }
        }
    }

    @Test("a NUL anywhere is not text, at every alignment and length", arguments: 0..<16)
    func refusesNUL(_ offset: Int) {
        for length in 1...40 {
            for position in 0..<length {
                for filling in [0x01, 0x61, 0x7F] as [UInt8] {
                    var bytes = [UInt8](repeating: filling, count: length)
                    bytes[position] = 0
                    Self.expect(bytes, offset: offset, isText: false)
                }
            }
        }
    }

    /// What is not UTF-8: stray and missing bytes, overlong forms, surrogates, and what is beyond Unicode.
    private static let invalid: [[UInt8]] = [
        [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
        [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
        [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF0, 0x9F, 0x94], [0xFE], [0xFF],
    ]

    @Test("what is not UTF-8 is not text, wherever it stands")
    func refusesInvalidUTF8() {
        for sequence in Self.invalid {
            for before in 0...17 {
                for after in [0, 1, 7, 8] {
                    let bytes =
                        [UInt8](repeating: 0x61, count: before) + sequence + [UInt8](repeating: 0x61, count: after)
                    Self.expect(bytes, offset: before % 16, isText: false)
                }
            }
        }
    }

    @Test("every character of Unicode but NUL is text")
    func acceptsUnicode() {
        let edges: [UInt32] = [1, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x10000, 0x10FFFF]
        for scalar in edges.compactMap(Unicode.Scalar.init) {
            for before in 0...17 {
                let text = String(repeating: "a", count: before) + String(Character(scalar)) + "b"
                Self.expect(Array(text.utf8), offset: before % 16, isText: true)
            }
        }
    }

    @Test("the check agrees with the standard library on every pair of bytes")
    func agreesOnPairs() {
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                let bytes = [first, second]
                let isValid = String(validating: bytes, as: UTF8.self) != nil && !bytes.contains(0)
                Self.expect(bytes, offset: 3, isText: isValid)
            }
        }
    }
}
