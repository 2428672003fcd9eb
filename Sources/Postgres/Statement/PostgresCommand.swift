/// A statement with its parameters, ready to be sent.
public struct PostgresCommand: Sendable {
    /// The most parameters of a statement: the protocol counts them in 16 bits.
    public static let maximumParameters = 65_535
    /// The most bytes of all parameters together: the server takes no message over 1 GiB.
    public static let maximumParameterBytes = 1 << 29

    let statement: PostgresStatement
    /// All parameters' binary forms, one behind the other, and one byte more, so that it has an address.
    private(set) var bytes: [UInt8]
    private(set) var types: [UInt32] = []
    /// Where each parameter ends in ``bytes``; for NULL the complement, which is negative.
    private(set) var ends: [Int32] = []
    /// What is wrong with a parameter. Running the command throws it, and sends nothing.
    private(set) var failure: PostgresError?

    /// - Parameter values: As many as the statement has parameters; the server checks it.
    public init<each Value: PostgresEncodable>(_ statement: PostgresStatement, _ values: repeat each Value) {
        self.statement = statement
        self.bytes = []
        var encoder = PostgresBytes()
        repeat self.append(each values, to: &encoder)
        encoder.append(UInt8(0))
        self.bytes = encoder.bytes
        if self.failure == nil && self.bytes.count > Self.maximumParameterBytes {
            self.failure = .invalidParameter("parameters of more than \(Self.maximumParameterBytes) bytes")
        }
    }

    private mutating func append<Value: PostgresEncodable>(_ value: Value, to encoder: inout PostgresBytes) {
        self.types.append(Value.postgresType.identifier)
        guard !value.isNull else {
            self.ends.append(~Int32(truncatingIfNeeded: encoder.count))
            return
        }
        do throws(PostgresError) {
            try value.encode(into: &encoder)
        } catch {
            var error = error
            error.message = "parameter $\(self.types.count): \(error.message)"
            self.failure = self.failure ?? error
        }
        self.ends.append(Int32(truncatingIfNeeded: encoder.count))
    }
}
