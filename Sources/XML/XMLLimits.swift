/// What a document may come to. What is beyond is refused with its line, before it is held in memory.
public struct XMLLimits: Sendable, Hashable {
    /// Bytes of the whole document, as it comes.
    public var documentBytes: Int64
    /// Elements within one another, the root counted.
    public var depth: Int
    /// Attributes of one element.
    public var attributes: Int
    /// Bytes of one text, and of one attribute's value, in UTF-8.
    public var textBytes: Int
    /// Bytes of one name or namespace, in UTF-8.
    public var nameBytes: Int
    /// Different names of elements and attributes and different namespaces in one document.
    public var names: Int
    /// Bytes of one start tag, comment or processing instruction, which the parser holds until its end has come.
    public var markupBytes: Int

    /// Limits. Those that are not named suffice for files of data, such as ACES and PIES.
    public init(
        documentBytes: Int64 = 64 << 30, depth: Int = 64, attributes: Int = 64, textBytes: Int = 1 << 16,
        nameBytes: Int = 256, names: Int = 4_096, markupBytes: Int = 1 << 20
    ) {
        self.documentBytes = documentBytes
        self.depth = depth
        self.attributes = attributes
        self.textBytes = textBytes
        self.nameBytes = nameBytes
        self.names = names
        self.markupBytes = markupBytes
    }
}
