/// Names a dead letter: where it lay, and its number there.
public enum DeadLetterID: Hashable, Sendable, CustomStringConvertible {
    /// A message of a platform.
    case inbound(String)
    /// Something to be told to a platform of an order.
    case task(String)
    /// An event of another service.
    case event(String)

    /// Reads the form of ``description``; nil for anything else.
    public init?(_ text: String) {
        guard let hyphen = text.firstIndex(of: "-") else { return nil }
        let rest = String(text[text.index(after: hyphen)...])
        guard !rest.isEmpty else { return nil }
        switch text[..<hyphen] {
        case "inbound": self = .inbound(rest)
        case "task": self = .task(rest)
        case "event": self = .event(rest)
        default: return nil
        }
    }

    /// "inbound-018f2d6e-0000-7000-8000-000000000000".
    public var description: String {
        switch self {
        case .inbound(let number): "inbound-\(number)"
        case .task(let number): "task-\(number)"
        case .event(let number): "event-\(number)"
        }
    }
}
