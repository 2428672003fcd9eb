public import ProtobufC

/// Turns JSON into protobuf's wire bytes and back, as a ``Schema`` says, with nothing in between.
///
/// Neither direction makes a tree or a structure of the message: JSON is read token by token and written as wire bytes
/// on the way; wire bytes are stepped through and written as JSON. docs/api.md describes the mapping.
///
/// A transcoder holds no state; the same one serves all threads. What it writes to, an `OutputBytes`, belongs to one
/// thread at a time and keeps its memory from one message to the next: the caller empties it, and copies its bytes once
/// to where they go. Nothing is written where an error is thrown. JSON is written on one line, so that the messages of a
/// stream can be written as lines or as server-sent events.
public struct Transcoder: Sendable {
    /// What is known.
    public let schema: Schema
    /// What one message may cost.
    public let limits: TranscodingLimits

    /// A transcoder of a schema's messages.
    public init(_ schema: Schema, limits: TranscodingLimits = TranscodingLimits()) {
        self.schema = schema
        self.limits = limits
    }

    /// Appends the wire bytes of a message that is given in JSON.
    ///
    /// Types, field rules, unknown and repeated names are all checked, and every fault is reported at once.
    ///
    /// - Parameters:
    ///   - json: The whole JSON text, in UTF-8.
    ///   - message: What it is to be; one of the schema's messages.
    ///   - output: Where the wire bytes are appended.
    /// - Throws: ``TranscodingError`` of the code `malformedJSON`, `invalidFields` or `tooLarge`.
    public func appendWire(
        json: RawSpan, of message: MessageType, to output: OutputBytes
    ) throws(TranscodingError) {
        let entry = self.schema.entry(message)
        let begin = output.count
        let faults = try self.reading(json, output) { (reader) throws(JSONError) in
            guard try reader.isObject() else { return }
            var state = MessageState()
            try reader.message(entry, &state)
            try reader.scanner.finish()
            try reader.reportAbsences(entry, state)
        }
        guard faults.isEmpty else {
            output.truncate(to: begin)
            throw TranscodingError(faults)
        }
    }

    /// Lends a reader to `body`.
    ///
    /// - Returns: The faults so far, where the JSON itself is well-formed.
    func reading(
        _ json: RawSpan, _ output: OutputBytes, faults: [FieldFault] = [],
        _ body: (inout JSONReader) throws(JSONError) -> Void
    ) throws(TranscodingError) -> [FieldFault] {
        guard json.byteCount <= self.limits.maximumInputBytes else {
            throw TranscodingError(
                .tooLarge, "the JSON is \(json.byteCount) bytes long; at most \(self.limits.maximumInputBytes) are read"
            )
        }
        let begin = output.count
        var reader = JSONReader(json, ValueWriter(schema: self.schema, output: output), faults: faults)
        do throws(JSONError) {
            try body(&reader)
        } catch {
            output.truncate(to: begin)
            guard reader.faults.count < TranscodingError.maximumFields else { throw TranscodingError(reader.faults) }
            throw TranscodingError(
                .malformedJSON, "the JSON is malformed at byte \(error.offset): \(error.reason)", offset: error.offset)
        }
        return reader.faults
    }

    /// Appends the JSON of a message that is given in wire bytes.
    ///
    /// - Parameters:
    ///   - wire: The whole message.
    ///   - message: What it is; one of the schema's messages.
    ///   - output: Where the JSON is appended, on one line, without a line feed.
    /// - Throws: ``TranscodingError`` of the code `malformedMessage` or `tooLarge`.
    public func appendJSON(
        wire: RawSpan, of message: MessageType, to output: OutputBytes
    ) throws(TranscodingError) {
        let entry = self.schema.entry(message)
        let begin = output.count
        let maximum = begin.addingReportingOverflow(self.limits.maximumOutputBytes)
        var writer = JSONWriter(
            wire, self.schema, output, maximumCount: maximum.overflow ? Int.max : maximum.partialValue)
        do throws(WireError) {
            try writer.message(entry, 0..<wire.byteCount)
        } catch {
            output.truncate(to: begin)
            guard error != .tooLarge else {
                throw TranscodingError(
                    .tooLarge, "the JSON of the \(message.fullName) exceeds \(self.limits.maximumOutputBytes) bytes")
            }
            throw TranscodingError(
                .malformedMessage, "the bytes are no \(message.fullName): \(error.reason), at byte \(error.offset)",
                offset: error.offset)
        }
    }

    /// The wire bytes of a message that is given in JSON, in an array. For tests and tools.
    public func wire(json: [UInt8], of message: MessageType) throws(TranscodingError) -> [UInt8] {
        let output = OutputBytes()
        try self.appendWire(json: json.span.bytes, of: message, to: output)
        return output.array
    }

    /// The JSON of a message that is given in wire bytes, in an array. For tests and tools.
    public func json(wire: [UInt8], of message: MessageType) throws(TranscodingError) -> [UInt8] {
        let output = OutputBytes()
        try self.appendJSON(wire: wire.span.bytes, of: message, to: output)
        return output.array
    }
}

extension JSONReader {
    /// Whether the value is an object, as every message is that stands alone; what it is instead is reported.
    mutating func isObject() throws(JSONError) -> Bool {
        let kind = try self.scanner.kind()
        guard kind != .object else { return true }
        try self.scanner.skip()
        try self.scanner.finish()
        try self.report(Fault(reason: kind.words, expected: "an object"))
        return false
    }
}
