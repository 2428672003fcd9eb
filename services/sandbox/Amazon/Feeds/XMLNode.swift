/// An element of a small XML document: without comments, CDATA and document types, which no feed needs.
struct XMLNode {
    private static let maximumDepth = 16

    let name: String
    /// What stands behind the name in the opening tag.
    let attributes: Substring
    /// Its text, where it has no elements.
    private(set) var text = ""
    private(set) var children: [XMLNode] = []

    /// - Returns: `nil` where the text is no such document.
    init?(_ document: String) {
        var rest = Substring(document)
        if rest.hasPrefix("<?xml") {
            guard let end = rest.firstRange(of: "?>") else { return nil }
            rest = rest[end.upperBound...]
        }
        guard let node = Self.read(&rest, depth: 0), rest.allSatisfy(\.isWhitespace) else { return nil }
        self = node
    }

    private init(name: String, attributes: Substring) {
        self.name = name
        self.attributes = attributes
    }

    private static func read(_ rest: inout Substring, depth: Int) -> XMLNode? {
        rest = rest.drop { $0.isWhitespace }
        guard depth < Self.maximumDepth, rest.first == "<", let end = rest.firstIndex(of: ">") else { return nil }
        let tag = rest[rest.index(after: rest.startIndex)..<end]
        let name = tag.prefix { $0.isLetter || $0.isNumber || "_-.".contains($0) }
        guard !name.isEmpty else { return nil }
        rest = rest[rest.index(after: end)...]
        var node = XMLNode(name: String(name), attributes: tag[name.endIndex...])
        if tag.last == "/" { return node }
        var text = Substring()
        while true {
            let piece = rest.prefix { $0 != "<" }
            text += piece
            rest = rest[piece.endIndex...]
            guard !rest.isEmpty else { return nil }
            if rest.hasPrefix("</") {
                guard let close = rest.firstIndex(of: ">"),
                    rest[..<close].dropFirst(2).drop(while: \.isWhitespace) == name
                else { return nil }
                rest = rest[rest.index(after: close)...]
                node.text = node.children.isEmpty ? Self.unescaped(text) : ""
                return node
            }
            guard let child = Self.read(&rest, depth: depth + 1) else { return nil }
            node.children.append(child)
        }
    }

    private static func unescaped(_ text: Substring) -> String {
        let names = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
        return names.reduce(String(text)) { $0.replacing($1.0, with: $1.1) }
    }

    /// The first element of a name within this one.
    subscript(_ name: String) -> XMLNode? { self.children.first { $0.name == name } }

    /// All elements of a name within this one.
    func all(_ name: String) -> [XMLNode] { self.children.filter { $0.name == name } }
}
