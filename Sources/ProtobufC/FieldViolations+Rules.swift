// What generated checks report. Each is out of line: it runs only for messages that are wrong.
extension FieldViolations {
    /// The text is not UTF-8, or holds a NUL.
    @inline(never)
    public mutating func appendInvalidText(_ field: StaticString) {
        self.append(field: "\(field)", reason: "is not valid text", expected: "UTF-8 without NUL")
    }

    /// The field is required and not set.
    @inline(never)
    public mutating func appendMissing(_ field: StaticString) {
        self.append(field: "\(field)", reason: "is missing", expected: "a value")
    }

    /// The text or bytes are too long.
    @inline(never)
    public mutating func appendTooLong(_ field: StaticString, byteCount: Int, maximum: Int) {
        self.append(field: "\(field)", reason: "is \(byteCount) bytes long", expected: "at most \(maximum) bytes")
    }

    /// The number is too large.
    @inline(never)
    public mutating func appendAboveMaximum(_ field: StaticString, value: some BinaryInteger & Sendable, maximum: Int64) {
        self.append(field: "\(field)", reason: "is \(value)", expected: "at most \(maximum)")
    }
}
