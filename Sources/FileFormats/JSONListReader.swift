/// An element of a JSON list, as its bytes.
public struct JSONElement: Sendable {
    /// Its place in the list, from 1 on.
    public fileprivate(set) var number: Int64 = 0
    /// The value; empty where it is too long.
    public fileprivate(set) var text: [UInt8] = []
    /// Whether it has more than ``JSONReader/maximumDocumentBytes``, and was passed over.
    public fileprivate(set) var isTooLong = false

    /// A place for elements.
    public init() {}
}

/// Cuts a JSON list into its elements, in bounded memory: a pure machine that is given the file in pieces.
///
/// The file is the list, or an object with the list under a name. Unlike ``JSONReader`` it takes nothing else: a list
/// without its end is no list, as what is missing from a file can mean as much as what is there. What the object holds
/// beside the list is passed over, and elements are not looked into.
public struct JSONListReader: Sendable {
    /// The longest name of a member of the outer object, in bytes as it is written.
    public static let maximumNameBytes = 4_096

    private enum State {
        /// Before the list or the object.
        case beginning
        /// Before a name of the object; the first may be missing.
        case name(isFirst: Bool)
        case colon(isList: Bool)
        case value(isList: Bool)
        /// Within a value of the object that is not the list.
        case passingOver
        case behindValue
        /// Before an element of the list; the first may be missing.
        case element(isFirst: Bool)
        /// Within an element; whether it is too long.
        case withinElement(isTooLong: Bool)
        case behindElement
        case ended
    }

    /// What is read; further bytes are appended to it.
    public var buffer = FileBuffer(offset: 0, line: 1)
    /// The name of the list in the object; nil: the file is the list.
    private let member: String?
    private var state = State.beginning
    private var end = JSONValueEnd()
    private var hasList = false
    private var count: Int64 = 0

    /// A reader.
    ///
    /// - Parameter member: The name of the list in the object; nil: the file is the list.
    public init(member: String?) { self.member = member }

    /// Reads the next element.
    ///
    /// - Throws: ``RowFault`` where the file as a whole is none.
    public mutating func next(into element: inout JSONElement) throws(RowFault) -> CSVReader.Step {
        while true {
            switch self.state {
            case .passingOver:
                guard try self.passOver() else { return try self.needsMore() }
            case .withinElement(let isTooLong):
                guard try self.read(&element, isTooLong: isTooLong) else { return try self.needsMore() }
                return .record
            default:
                guard let byte = self.skipSpace() else {
                    if case .ended = self.state, self.buffer.isComplete { return .end }
                    return try self.needsMore()
                }
                guard try self.take(byte) else { return try self.needsMore() }
            }
        }
    }

    private func needsMore() throws(RowFault) -> CSVReader.Step {
        guard self.buffer.isComplete else { return .needsMore }
        throw RowFault(
            reason: "json-incomplete", message: "the file ends in the middle of its JSON, at line \(self.buffer.line)",
            expected: "all of it")
    }

    /// Takes what begins with a byte that is no white space.
    ///
    /// - Returns: false where more bytes are needed first.
    private mutating func take(_ byte: UInt8) throws(RowFault) -> Bool {
        switch (self.state, byte) {
        case (.beginning, UInt8(ascii: "[")) where self.member == nil: self.move(to: .element(isFirst: true))
        case (.beginning, UInt8(ascii: "{")) where self.member != nil: self.move(to: .name(isFirst: true))
        case (.name, UInt8(ascii: "\"")):
            guard let name = try self.name() else { return false }
            self.state = .colon(isList: name == self.member)
        case (.name(isFirst: true), UInt8(ascii: "}")), (.behindValue, UInt8(ascii: "}")):
            guard self.hasList else { throw self.listMissing }
            self.move(to: .ended)
        case (.colon(let isList), UInt8(ascii: ":")): self.move(to: .value(isList: isList))
        case (.value(isList: true), UInt8(ascii: "[")):
            guard !self.hasList else { throw self.unexpected("a second list of that name") }
            self.move(to: .element(isFirst: true))
        case (.value(isList: true), _): throw self.listMissing
        case (.value(isList: false), _): self.state = .passingOver
        case (.behindValue, UInt8(ascii: ",")): self.move(to: .name(isFirst: false))
        case (.element(isFirst: true), UInt8(ascii: "]")), (.behindElement, UInt8(ascii: "]")):
            self.hasList = true
            self.move(to: self.member == nil ? .ended : .behindValue)
        case (.element, _):
            self.count += 1
            self.state = .withinElement(isTooLong: false)
        case (.behindElement, UInt8(ascii: ",")): self.move(to: .element(isFirst: false))
        case (.beginning, _): throw self.listMissing
        default:
            let character = String(Character(Unicode.Scalar(byte)))
            throw self.unexpected("\(character.debugDescription) does not belong there")
        }
        return true
    }

    private mutating func move(to state: State) {
        self.buffer.move(to: self.buffer.position + 1, lines: 0)
        self.state = state
    }

    /// The first byte that is no white space.
    private mutating func skipSpace() -> UInt8? {
        let bytes = self.buffer.bytes
        var index = self.buffer.position
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
        self.buffer.move(to: index)
        return index < bytes.count ? bytes[index] : nil
    }

    /// A name of the object, in quotation marks; nil: it is not complete.
    private mutating func name() throws(RowFault) -> String? {
        let text = self.buffer.bytes[self.buffer.position...].prefix(Self.maximumNameBytes)
        var end = JSONValueEnd()
        guard let length = end.find(in: text) else {
            guard text.count < Self.maximumNameBytes else { throw self.unexpected("a name without an end") }
            return nil
        }
        guard case .string(let name)? = try? JSONValue(text.prefix(length)) else {
            throw self.unexpected("a name that is none")
        }
        self.buffer.move(to: self.buffer.position + length)
        return name
    }

    private mutating func passOver() throws(RowFault) -> Bool {
        let rest = self.buffer.bytes[self.buffer.position...]
        guard let length = self.end.find(in: rest) else {
            self.buffer.move(to: self.buffer.bytes.count)
            return false
        }
        guard length > 0 || self.end.count > 0 else { throw self.unexpected("a value is missing") }
        self.buffer.move(to: self.buffer.position + length)
        self.end = JSONValueEnd()
        self.state = .behindValue
        return true
    }

    /// Reads an element up to its end; one that is too long is dropped on the way.
    private mutating func read(_ element: inout JSONElement, isTooLong: Bool) throws(RowFault) -> Bool {
        let rest = self.buffer.bytes[self.buffer.position...]
        let seen = isTooLong ? 0 : self.end.count
        let length = self.end.find(in: rest.dropFirst(seen)).map { $0 + seen }
        let isTooLong = isTooLong || (length ?? rest.count) > JSONReader.maximumDocumentBytes
        guard let length else {
            if isTooLong { self.buffer.move(to: self.buffer.bytes.count) }
            self.state = .withinElement(isTooLong: isTooLong)
            return false
        }
        guard length > 0 || isTooLong else { throw self.unexpected("an element is missing") }
        element.number = self.count
        element.isTooLong = isTooLong
        element.text = isTooLong ? [] : Array(rest.prefix(length))
        self.buffer.move(to: self.buffer.position + length)
        self.end = JSONValueEnd()
        self.state = .behindElement
        return true
    }

    private var listMissing: RowFault {
        guard let member else {
            return RowFault(
                reason: "list-missing", message: "the file does not begin with a list",
                expected: "a list of objects, or the name of the member that holds it")
        }
        return RowFault(
            reason: "list-missing", message: "the file is no object with a list under \(member.debugDescription)",
            expected: "one")
    }

    private func unexpected(_ what: String) -> RowFault {
        RowFault(
            reason: "json-malformed", message: "line \(self.buffer.line) of the file: \(what)",
            expected: "JSON")
    }
}

/// Finds where a JSON value ends, however its bytes are cut into pieces. What is within is not checked.
public struct JSONValueEnd: Sendable {
    /// How many of the value's bytes were looked at.
    public private(set) var count = 0
    private var depth = 0
    private var isInText = false
    private var isEscaped = false
    /// Whether it is a number or a word, which ends where something else begins.
    private var isBare = false

    /// Before a value's first byte.
    public init() {}

    /// Looks at the next bytes of the value.
    ///
    /// - Returns: How many of them are the value's; nil: all of them, and more follow.
    public mutating func find(in bytes: ArraySlice<UInt8>) -> Int? {
        for (index, byte) in bytes.enumerated() {
            if self.isBare {
                guard !",]} \t\r\n".utf8.contains(byte) else { return index }
            } else if self.isInText {
                if self.isEscaped {
                    self.isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    self.isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    self.isInText = false
                    if self.depth == 0 { return index + 1 }
                }
            } else {
                switch byte {
                case UInt8(ascii: "\""): self.isInText = true
                case UInt8(ascii: "{"), UInt8(ascii: "["): self.depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    self.depth -= 1
                    if self.depth <= 0 { return self.depth == 0 ? index + 1 : index }
                default:
                    if self.depth == 0 {
                        guard !",".utf8.contains(byte) else { return index }
                        self.isBare = true
                    }
                }
            }
            self.count += 1
        }
        return nil
    }
}
