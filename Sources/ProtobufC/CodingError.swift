/// Why bytes are not the message they should be.
public enum DecodingError: Error, Hashable, Sendable {
    /// The bytes are not well-formed protobuf, or not of this message.
    case malformed
    /// The message's structures exceed the arena's limit.
    case tooLarge
    /// Text fields that are not UTF-8, or hold a NUL.
    case invalidText(FieldViolations)
}

/// Why a message cannot be encoded.
public enum EncodingError: Error, Hashable, Sendable {
    /// The message's structures exceed the arena's limit.
    case tooLarge
}
