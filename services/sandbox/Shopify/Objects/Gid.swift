/// The platform's ids, such as `gid://shopify/Product/1`.
public enum Gid {
    private static let prefix = "gid://shopify/"

    /// The id of a thing.
    public static func text(_ type: String, _ id: Int64) -> String { "\(self.prefix)\(type)/\(id)" }

    /// The number of an id of a type; `nil` for ids of other types and for other texts.
    public static func number(_ text: String?, _ type: String) -> Int64? {
        guard let text, let parts = self.parts(text), parts.type == type else { return nil }
        return parts.number
    }

    /// Type and number of an id; `nil` for other texts. What follows a question mark is left out.
    static func parts(_ text: String) -> (type: String, number: Int64, query: Substring)? {
        guard text.hasPrefix(self.prefix) else { return nil }
        let parts = text.dropFirst(self.prefix.count).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let ends = parts[1].split(separator: "?", maxSplits: 1)
        guard let number = ends.first.flatMap({ Int64($0) }), number > 0 else { return nil }
        return (String(parts[0]), number, ends.count == 2 ? ends[1] : "")
    }
}
