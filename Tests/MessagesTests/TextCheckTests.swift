import ProtobufC
import SampleMessages
import Testing

@Suite("Text in messages")
struct MessageTextTests {
    /// The fields that are refused for their text when a message is decoded.
    private func refused<M: Message>(_: M.Type, _ bytes: [UInt8]) -> [String] {
        do {
            _ = try M(decoding: bytes)
            return []
        } catch {
            guard case .invalidText(let violations) = error else { return ["\(error)"] }
            return violations.elements.map(\.field)
        }
    }

    /// A field of length-delimited content with a number below 16.
    private func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        [number << 3 | 2, UInt8(content.count)] + content
    }

    @Test(
        "text that is not UTF-8 or holds a NUL is refused in every kind of field", arguments: [[0xFF], [0x61, 0x00]])
    func refuses(_ bad: [UInt8]) {
        #expect(self.refused(Scalars.self, self.field(14, bad)) == ["stringValue"])
        #expect(self.refused(Lists.self, self.field(14, [0x61]) + self.field(14, bad)) == ["stringValues[1]"])
        #expect(self.refused(Choices.self, self.field(1, bad)) == ["text"])
        #expect(self.refused(Choices.self, self.field(11, bad)) == ["note"])
        #expect(self.refused(Choices.self, self.field(6, self.field(14, bad))) == ["scalars.stringValue"])
        #expect(
            self.refused(Choices.self, self.field(7, self.field(2, self.field(1, bad)))) == ["inner.innermost.text"])
        #expect(self.refused(Nesting.self, self.field(5, self.field(1, bad))) == ["innermosts[0].text"])
        #expect(self.refused(Maps.self, self.field(1, [0x08, 7] + self.field(2, bad))) == ["int32Keys[7]"])
        let entry = self.field(1, [0x6B]) + self.field(2, self.field(14, bad))
        #expect(self.refused(Maps.self, self.field(12, entry)) == ["stringKeys[k].stringValue"])
        #expect(self.refused(Maps.self, self.field(13, self.field(1, bad))).count == 1)
    }

    @Test("bytes may be anything")
    func acceptsBytes() {
        #expect(self.refused(Scalars.self, [15 << 3 | 2, 2, 0xFF, 0x00]) == [])
        #expect(self.refused(Choices.self, self.field(2, [0xFF, 0x00])) == [])
        #expect(self.refused(Maps.self, self.field(2, self.field(2, [0xFF, 0x00]))) == [])
    }
}
