/// A field of an answer's header.
public struct HeaderField: Sendable, Hashable {
    /// The field's name as it is written.
    public var name: String
    /// The value: visible ASCII and spaces.
    public var value: String

    /// A field.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

extension String {
    /// The members of a header field's list, without the spaces around them; empty members are left out (RFC 9110,
    /// 5.6.1). Commas within quotes part nothing.
    var listMembers: [Substring] {
        var members: [Substring] = []
        var isQuoted = false
        var start = self.startIndex
        for index in self.indices {
            switch self[index] {
            case "\"": isQuoted.toggle()
            case "," where !isQuoted:
                members.append(self[start..<index])
                start = self.index(after: index)
            default: break
            }
        }
        members.append(self[start...])
        return members.map(\.trimmed).filter { !$0.isEmpty }
    }
}

extension Substring {
    /// Without the spaces and tabs at both ends.
    var trimmed: Substring {
        let isOther: (UInt8) -> Bool = { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
        guard let first = self.utf8.firstIndex(where: isOther), let last = self.utf8.lastIndex(where: isOther) else {
            return ""
        }
        return Substring(self.utf8[first...last])
    }
}

extension StringProtocol {
    /// Whether all characters are ASCII that can be seen.
    var isVisibleASCII: Bool { self.utf8.allSatisfy { (0x21...0x7E).contains($0) } }
}
