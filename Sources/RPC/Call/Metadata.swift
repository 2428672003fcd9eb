internal import ProtobufC
internal import RPCMessages
internal import Wire

/// Key-value pairs that travel beside a message, in the sender's order. A key may stand more than once.
public struct Metadata: Sendable, Hashable {
    /// One pair.
    public struct Pair: Sendable, Hashable {
        /// Lower-case letters, digits, `-`, `_` and `.`; at most 128 bytes.
        public var key: String
        /// Any bytes.
        public var value: [UInt8]

        /// A pair.
        public init(key: String, value: [UInt8]) {
            self.key = key
            self.value = value
        }
    }

    /// The key under which the idempotency key of a request travels, for methods that need one.
    public static let idempotencyKey = "idempotency-key"

    /// The pairs in order.
    public private(set) var pairs: [Pair] = []

    /// No metadata.
    public init() {}

    /// Metadata of text values.
    ///
    /// - Throws: ``RPCError`` INVALID_ARGUMENT for a key with other characters, or more than 64 pairs.
    public init(_ values: KeyValuePairs<String, String>) throws(RPCError) {
        for (key, value) in values { try self.append(key, value) }
    }

    /// Whether there are none.
    public var isEmpty: Bool { self.pairs.isEmpty }

    /// The bytes of the first pair with a key.
    public subscript(bytes key: String) -> [UInt8]? { self.pairs.first { $0.key == key }?.value }

    /// The text of the first pair with a key; `nil` where it is not UTF-8.
    public subscript(key: String) -> String? { self[bytes: key].flatMap { String(validating: $0, as: UTF8.self) } }

    /// Adds a text value.
    ///
    /// - Throws: ``RPCError`` INVALID_ARGUMENT for a key with other characters, or more than 64 pairs.
    public mutating func append(_ key: String, _ value: String) throws(RPCError) {
        try self.append(key, bytes: Array(value.utf8))
    }

    /// Adds any bytes.
    ///
    /// - Throws: ``RPCError`` INVALID_ARGUMENT for a key with other characters, or more than 64 pairs.
    public mutating func append(_ key: String, bytes value: [UInt8]) throws(RPCError) {
        guard Metadata.isKey(key) else {
            throw RPCError(
                .invalidArgument,
                "metadata key \(key.debugDescription) is not of a-z, 0-9, '-', '_' and '.', at most 128",
                type: "metadata-invalid", reason: .fieldInvalid)
        }
        guard self.pairs.count < WireLimits.maximumMetadataPairs else {
            throw RPCError(
                .invalidArgument, "more than \(WireLimits.maximumMetadataPairs) pairs of metadata",
                type: "metadata-invalid", reason: .fieldInvalid)
        }
        self.pairs.append(Pair(key: key, value: value))
    }

    private static func isKey(_ key: String) -> Bool {
        !key.isEmpty && key.utf8.count <= 128
            && key.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x5F
                    || byte == 0x2E
            }
    }
}

/// W3C trace context as it travels with a call.
public struct TraceContext: Sendable, Hashable {
    /// The `traceparent` header's text.
    public var traceparent: String
    /// The `tracestate` header's text; empty: none.
    public var tracestate: String

    /// A context.
    public init(traceparent: String, tracestate: String = "") {
        self.traceparent = traceparent
        self.tracestate = tracestate
    }
}

/// The meta section of a frame in Swift's terms.
struct FrameMeta {
    var metadata = Metadata()
    var trace: TraceContext?
    var message = ""
    var problem: Problem?

    init() {}

    /// Reads a meta section.
    ///
    /// - Throws: ``RPCError`` INVALID_ARGUMENT.
    init(_ bytes: borrowing RawSpan, in arena: Arena) throws(RPCError) {
        let meta: Meta
        do {
            meta = try Meta(decoding: bytes, in: arena)
        } catch {
            throw RPCError(error, of: Meta.fullName)
        }
        for pair in meta.metadata { try self.metadata.append(pair.key, bytes: pair.value) }
        if !meta.traceparent.isEmpty {
            self.trace = TraceContext(traceparent: meta.traceparent, tracestate: meta.tracestate)
        }
        self.message = meta.message
        self.problem = meta.problem
    }

    init(metadata: Metadata, trace: TraceContext? = nil) {
        self.metadata = metadata
        self.trace = trace
    }

    init(_ error: RPCError) {
        self.metadata = error.metadata
        self.message = error.message
        self.problem = error.problem
    }

    var isEmpty: Bool {
        self.metadata.isEmpty && self.trace == nil && self.message.isEmpty && self.problem == nil
    }

    /// The protobuf message; the longest texts are cut so that it fits in a frame's meta.
    var protobuf: Meta {
        Meta(
            metadata: self.metadata.pairs.map { RPCMessages.Metadata(key: $0.key, value: $0.value) },
            traceparent: self.trace?.traceparent ?? "",
            tracestate: self.trace?.tracestate ?? "",
            message: String(self.message.prefix(4_096)).withoutNUL,
            problem: self.problem?.withoutNUL
        )
    }
}

// A NUL in what a handler says must not keep the caller from learning the status.
extension String {
    fileprivate var withoutNUL: String { self.utf8.contains(0) ? self.replacing("\0", with: "") : self }
}

extension Problem {
    fileprivate var withoutNUL: Problem {
        var problem = self
        problem.type = problem.type.withoutNUL
        problem.fields = problem.fields.map {
            FieldProblem(
                field: $0.field.withoutNUL, reason: $0.reason.withoutNUL, expected: $0.expected.withoutNUL)
        }
        return problem
    }
}
