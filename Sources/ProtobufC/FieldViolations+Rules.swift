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
    public mutating func appendAboveMaximum(_ field: StaticString, value: some CustomStringConvertible, maximum: Int64)
    {
        self.append(field: "\(field)", reason: "is \(value)", expected: "at most \(maximum)")
    }

    /// The number is too small.
    @inline(never)
    public mutating func appendBelowMinimum(_ field: StaticString, value: some CustomStringConvertible, minimum: Int64)
    {
        self.append(field: "\(field)", reason: "is \(value)", expected: "at least \(minimum)")
    }

    /// The text or bytes are too short.
    @inline(never)
    public mutating func appendTooShort(_ field: StaticString, byteCount: Int, minimum: Int) {
        self.append(field: "\(field)", reason: "is \(byteCount) bytes long", expected: "at least \(minimum) bytes")
    }

    /// The list or map has too few elements.
    @inline(never)
    public mutating func appendTooFew(_ field: StaticString, count: Int, minimum: Int) {
        self.append(field: "\(field)", reason: "has \(count) elements", expected: "at least \(minimum)")
    }

    /// The list or map has too many elements.
    @inline(never)
    public mutating func appendTooMany(_ field: StaticString, count: Int, maximum: Int) {
        self.append(field: "\(field)", reason: "has \(count) elements", expected: "at most \(maximum)")
    }

    /// The text does not match its pattern.
    @inline(never)
    public mutating func appendMismatch(_ field: StaticString, _ pattern: TextPattern) {
        self.append(field: "\(field)", reason: "does not match", expected: "text that matches \(pattern.source)")
    }
}
