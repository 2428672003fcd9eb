/// One field of a request that is not as it should be; the shape is that of RPC's `FieldProblem`, with its place in JSON.
public struct FieldFault: Hashable, Sendable {
    /// Where a value came from.
    public enum Source: Hashable, Sendable {
        /// The JSON of the body.
        case body
        /// The path of the URL.
        case path
        /// The query of the URL.
        case query
    }

    /// Where the value came from, or should have come from.
    public var source: Source
    /// The place in the body's JSON (RFC 6901), for example `/lines/2/quantity`; empty: the whole body, or none.
    public var pointer: String
    /// The field as RPC names it, or the parameter's name, for example `lines[2].quantity`.
    public var field: String
    /// What is wrong, for example `is 70 bytes long`.
    public var reason: String
    /// What would be valid, for example `at most 64 bytes`.
    public var expected: String
}

/// Why something cannot be transcoded.
public struct TranscodingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Wrapped { case malformedJSON, invalidFields, tooLarge, malformedMessage }
        private let wrapped: Wrapped

        /// The bytes are not JSON as RFC 8259 has it, or nested too deep.
        public static let malformedJSON = Self(wrapped: .malformedJSON)
        /// Fields are not as they should be; see ``TranscodingError/fields``.
        public static let invalidFields = Self(wrapped: .invalidFields)
        /// Input or output exceeds its limit.
        public static let tooLarge = Self(wrapped: .tooLarge)
        /// The bytes are not the protobuf message that they should be: a fault of whoever sent them, never of the
        /// caller who waits for JSON.
        public static let malformedMessage = Self(wrapped: .malformedMessage)

        /// The name of the code.
        public var description: String { "\(self.wrapped)" }
    }

    /// The kind of failure.
    public var code: Code
    /// What is wrong, in one line.
    public var message: String
    /// The byte of the input where it was noticed; `nil` where it has no such place.
    public var offset: Int?
    /// The fields at fault, in the order of the input; at most ``maximumFields``.
    public var fields: [FieldFault]

    /// So many fields are reported at most; reading ends with the last of them.
    public static let maximumFields = 64
    /// So many bytes of a name that the input brought are shown at most, and an ellipsis: no answer grows with it.
    public static let maximumNameBytes = 128

    init(_ code: Code, _ message: String, offset: Int? = nil, fields: [FieldFault] = []) {
        self.code = code
        self.message = message
        self.offset = offset
        self.fields = fields
    }

    init(_ fields: [FieldFault]) {
        let first = fields.first.map { fault in
            let name = fault.field.isEmpty ? "the \(fault.source)" : fault.field
            return "\(name) \(fault.reason); expected \(fault.expected)"
        }
        let more = fields.count > 1 ? ", and \(fields.count - 1) more" : ""
        self.init(.invalidFields, (first ?? "a field is invalid") + more, fields: fields)
    }

    /// The message.
    public var description: String { self.message }
}
