/// The members of a JSON object, each value as its bytes: for an object that is known to be well-formed.
public struct JSONMembers: Sendable {
    /// A name and the text of its value.
    public struct Member: Sendable {
        /// As it is without its escapes.
        public let name: String
        /// Its text, without white space around it.
        public let value: ArraySlice<UInt8>
    }

    /// In the order of the text.
    public private(set) var all: [Member] = []

    private let bytes: ArraySlice<UInt8>
    private var index: Int

    /// Finds the members; nil: the bytes are no object. What is within values is not checked.
    public init?(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        self.index = bytes.startIndex
        guard self.take(UInt8(ascii: "{")) else { return nil }
        if self.take(UInt8(ascii: "}")) { return }
        repeat {
            self.skipSpace()
            guard let text = self.value(), case .string(let name)? = try? JSONValue(text), self.take(UInt8(ascii: ":"))
            else { return nil }
            self.skipSpace()
            guard let value = self.value() else { return nil }
            self.all.append(Member(name: name, value: value))
        } while self.take(UInt8(ascii: ","))
        guard self.take(UInt8(ascii: "}")) else { return nil }
    }

    /// The value of a member; nil: there is none of that name.
    public subscript(name: String) -> ArraySlice<UInt8>? { self.all.first { $0.name == name }?.value }

    private mutating func skipSpace() {
        while self.index < self.bytes.endIndex, [0x20, 0x09, 0x0A, 0x0D].contains(self.bytes[self.index]) {
            self.index += 1
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        self.skipSpace()
        guard self.index < self.bytes.endIndex, self.bytes[self.index] == byte else { return false }
        self.index += 1
        return true
    }

    private mutating func value() -> ArraySlice<UInt8>? {
        var end = JSONValueEnd()
        guard let length = end.find(in: self.bytes[self.index...]), length > 0 else { return nil }
        defer { self.index += length }
        return self.bytes[self.index..<self.index + length]
    }
}
