internal import Foundation

/// A secret that a service is given: what it looks like.
public enum SystemSecret: Sendable, Hashable {
    /// 256 random bits in hexadecimal.
    case token
    /// A ring of one key of 256 random bits, as `ID:BASE64`.
    case keyRing

    /// A new one.
    public func made() -> String {
        var generator = SystemRandomNumberGenerator()
        let words: [UInt64] = (0..<4).map { _ in generator.next() }
        switch self {
        case .token:
            return words.map { word in
                let text = String(word, radix: 16)
                return String(repeating: "0", count: 16 - text.count) + text
            }.joined()
        case .keyRing:
            let bytes = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
            return "1:\(Data(bytes).base64EncodedString())"
        }
    }
}
