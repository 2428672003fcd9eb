/// A reply of its own, which may be kept.
public enum RedisReply: Hashable, Sendable {
    /// A short text that says how it went, such as `OK`.
    case text(String)
    /// A value.
    case bytes([UInt8])
    /// A number.
    case integer(Int64)
    /// Nothing: no such key, or no such element.
    case null
    /// A list of replies.
    case array([RedisReply])
    /// The server's refusal, with code ``RedisError/Code/server``.
    case error(RedisError)

    /// What it is.
    public var kind: RedisReplyKind {
        switch self {
        case .text: .text
        case .bytes: .bytes
        case .integer: .integer
        case .null: .null
        case .array: .array
        case .error: .error
        }
    }
}

extension RedisReply {
    /// The bytes of a value; `nil` where there is none.
    ///
    /// - Throws: The server's refusal, or ``RedisError/Code/unexpectedReply``.
    public func optionalBytes() throws(RedisError) -> [UInt8]? {
        switch self {
        case .bytes(let bytes): return bytes
        case .null: return nil
        case .error(let error): throw error
        default: throw .unexpected(self.kind, instead: "bytes or null")
        }
    }

    /// The number.
    ///
    /// - Throws: The server's refusal, or ``RedisError/Code/unexpectedReply``.
    public func integer() throws(RedisError) -> Int64 {
        switch self {
        case .integer(let integer): return integer
        case .error(let error): throw error
        default: throw .unexpected(self.kind, instead: "an integer")
        }
    }

    /// A text, or a value that is UTF-8.
    ///
    /// - Throws: The server's refusal, or ``RedisError/Code/unexpectedReply``.
    public func string() throws(RedisError) -> String {
        switch self {
        case .text(let text): return text
        case .bytes(let bytes):
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw RedisError(.unexpectedReply, "the value is not UTF-8", mayHaveRun: true)
            }
            return text
        case .error(let error): throw error
        default: throw .unexpected(self.kind, instead: "text")
        }
    }

    /// The elements.
    ///
    /// - Throws: The server's refusal, or ``RedisError/Code/unexpectedReply``. An element may still be an error.
    public func elements() throws(RedisError) -> [RedisReply] {
        switch self {
        case .array(let elements): return elements
        case .error(let error): throw error
        default: throw .unexpected(self.kind, instead: "an array")
        }
    }
}
