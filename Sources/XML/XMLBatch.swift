/// Something that stands in a document.
public struct XMLEvent: Sendable, Hashable {
    /// What stands there.
    public enum Kind: UInt8, Sendable, Hashable {
        /// A start tag, with its attributes. An empty element has an end tag too.
        case start
        /// Text between two tags, whole, with CDATA and references replaced.
        case text
        /// An end tag.
        case end
    }

    /// What stands there.
    public let kind: Kind
    /// The number of the element's local name; of a text, that of the element it stands in. See ``XMLReader/name(_:)``.
    public let name: Int32
    /// The number of the element's namespace, which ``XMLReader/name(_:)`` tells; ``noNamespace``: it has none.
    public let namespace: Int32
    /// Where its tag ends, from 1; of a text, where the tag before it ends.
    public let line: Int32
    // Of a text, its bytes; of a start tag, its attributes.
    let lowerBound: Int32
    let upperBound: Int32

    /// The number that stands for no namespace.
    public static let noNamespace: Int32 = -1
}

/// An attribute of a start tag. Declarations of namespaces are none.
public struct XMLAttribute: Sendable, Hashable {
    /// The number of its local name. See ``XMLReader/name(_:)``.
    public let name: Int32
    /// The number of its namespace; ``XMLEvent/noNamespace``: it has none.
    public let namespace: Int32
    let lowerBound: Int32
    let upperBound: Int32
}

/// Events in the order of the document, with their texts in one buffer: a value that is reused for the next events.
///
/// All bytes in it are valid UTF-8, as libxml2 refuses others.
public struct XMLBatch: Sendable {
    /// The events.
    public internal(set) var events: [XMLEvent] = []
    var attributes: [XMLAttribute] = []
    var bytes: [UInt8] = []

    /// No events.
    public init() {}

    /// A text's bytes; none for a tag.
    @_lifetime(borrow self)
    public func text(_ event: XMLEvent) -> Span<UInt8> {
        let isText = event.kind == .text
        return self.bytes.span.extracting(isText ? Int(event.lowerBound)..<Int(event.upperBound) : 0..<0)
    }

    /// A text; empty for a tag.
    public func string(_ event: XMLEvent) -> String {
        guard event.kind == .text else { return "" }
        return String(decoding: self.bytes[Int(event.lowerBound)..<Int(event.upperBound)], as: UTF8.self)
    }

    /// A start tag's attributes; none for what is no start tag.
    public func attributes(of event: XMLEvent) -> ArraySlice<XMLAttribute> {
        guard event.kind == .start else { return [] }
        return self.attributes[Int(event.lowerBound)..<Int(event.upperBound)]
    }

    /// The value of an attribute without namespace; nil: there is none of that name.
    public func attribute(_ name: Int32, of event: XMLEvent) -> String? {
        self.attributes(of: event).first { $0.name == name && $0.namespace == XMLEvent.noNamespace }.map(self.string)
    }

    /// An attribute's value.
    public func string(_ attribute: XMLAttribute) -> String {
        String(decoding: self.bytes[Int(attribute.lowerBound)..<Int(attribute.upperBound)], as: UTF8.self)
    }

    /// The bytes of an attribute's value.
    @_lifetime(borrow self)
    public func text(_ attribute: XMLAttribute) -> Span<UInt8> {
        self.bytes.span.extracting(Int(attribute.lowerBound)..<Int(attribute.upperBound))
    }

    mutating func removeAll() {
        self.events.removeAll(keepingCapacity: true)
        self.attributes.removeAll(keepingCapacity: true)
        self.bytes.removeAll(keepingCapacity: true)
    }
}
