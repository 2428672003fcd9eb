/// Which types of content are taken and given (RFC 9110, 8.3 and 12.5.1).
public enum MediaTypes {
    /// What answers are.
    public static let json = "application/json"
    /// What refusals are (RFC 9457).
    public static let problem = "application/problem+json"
    /// What streams of events are.
    public static let eventStream = "text/event-stream"
    /// The types that a body of JSON may be said to have.
    public static let bodies = ["application/json", "application/merge-patch+json"]

    /// Whether a client takes a type.
    ///
    /// - Parameters:
    ///   - type: Such as `application/json`.
    ///   - header: `Accept`; `nil` where it is absent, which takes everything. Of ranges that fit, the most exact counts.
    public static func isAccepted(_ type: String, by header: String?) -> Bool {
        guard let header else { return true }
        let wanted = type.split(separator: "/")
        var best: (exactness: Int, quality: Bool)?
        for member in header.listMembers {
            let parts = member.split(separator: ";").map { $0.trimmed }
            let range = (parts.first ?? "").lowercased().split(separator: "/", omittingEmptySubsequences: false)
            guard range.count == 2, let exactness = self.exactness(of: range, for: wanted) else { continue }
            let quality = parts.dropFirst().first { $0.lowercased().hasPrefix("q=") }?.dropFirst(2)
            let isWanted = quality.map { !$0.allSatisfy { $0 == "0" || $0 == "." } } ?? true
            if exactness > best?.exactness ?? -1 { best = (exactness, isWanted) }
        }
        // A header of nothing but commas says nothing.
        return best?.quality ?? header.listMembers.isEmpty
    }

    private static func exactness(of range: [Substring], for wanted: [Substring]) -> Int? {
        switch (range[0], range[1]) {
        case ("*", "*"): 0
        case (wanted[0], "*"): 1
        case (wanted[0], wanted[1]): 2
        default: nil
        }
    }

    /// Whether a body is said to be JSON.
    ///
    /// - Parameter header: `Content-Type`; `nil` where it is absent, and then the body is taken for JSON.
    public static func isJSON(_ header: String?) -> Bool {
        guard let header else { return true }
        let parts = header.split(separator: ";").map { $0.trimmed.lowercased() }
        guard let type = parts.first, self.bodies.contains(type) else { return false }
        let charset = parts.dropFirst().first { $0.hasPrefix("charset=") }?.dropFirst(8)
        return charset.map { ["utf-8", "\"utf-8\""].contains($0) } ?? true
    }

    /// The type of a body, in lower case and without parameters, as far as it is one of those that are taken.
    ///
    /// - Parameters:
    ///   - header: `Content-Type`; where it is absent, the body is taken for the first of the types.
    ///   - types: In lower case; `*/*` takes any type, and none.
    /// - Returns: Empty where none is named and any is taken; `nil` where the type is not taken.
    public static func rawType(_ header: String?, among types: [String]) -> String? {
        guard let header else { return types.contains("*/*") ? "" : types.first }
        let type = (header.split(separator: ";", omittingEmptySubsequences: false).first?.trimmed ?? "").lowercased()
        return types.contains(type) || types.contains("*/*") ? type : nil
    }
}
