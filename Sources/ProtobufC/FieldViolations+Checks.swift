public import CProtobufC

// How generated checks descend into what a field holds. The checks inside report paths from there; what the field
// adds is put in front only where something was reported.
extension FieldViolations {
    /// Checks a message that may be absent.
    @inlinable
    public mutating func checkOne<M: Message>(
        _ message: UnsafeMutablePointer<M.Storage>?,
        _: M.Type,
        _ field: StaticString,
        _ check: (UnsafePointer<M.Storage>, inout FieldViolations) -> Void
    ) {
        guard let message else { return }
        let before = self.count
        check(UnsafePointer(message), &self)
        if self.count != before { self.prefix("\(field)", from: before) }
    }

    /// Reports each element of a list of texts that is not text.
    @inlinable
    public mutating func checkTexts(
        _ elements: UnsafeMutablePointer<ProtobufCBinaryData>?,
        _ count: Int,
        _ field: StaticString
    ) {
        guard let elements else { return }
        self.checkElements(count, field) { index, violations in
            if !isText(elements[index]) { violations.appendInvalidText("") }
        }
    }

    /// Checks each element of a list; the check reports the element itself with an empty path.
    @inlinable
    public mutating func checkElements(
        _ count: Int,
        _ field: StaticString,
        _ check: (_ index: Int, _ violations: inout FieldViolations) -> Void
    ) {
        for index in 0..<count {
            let before = self.count
            check(index, &self)
            if self.count != before { self.prefix("\(field)[\(index)]", from: before) }
        }
    }

    /// Checks each entry of a map; the check reports the key or value itself with an empty path.
    @inlinable
    public mutating func checkEntries<Entry>(
        _ entries: UnsafeMutablePointer<UnsafeMutablePointer<Entry>?>?,
        _ count: Int,
        _ field: StaticString,
        key: (UnsafeMutablePointer<Entry>) -> String,
        _ check: (_ entry: UnsafeMutablePointer<Entry>, _ violations: inout FieldViolations) -> Void
    ) {
        guard let entries else { return }
        for index in 0..<count {
            guard let entry = entries[index] else { continue }
            let before = self.count
            check(entry, &self)
            if self.count != before { self.prefix("\(field)[\(key(entry))]", from: before) }
        }
    }
}

extension TextPattern {
    /// Whether the whole text of a field matches; it must have been checked by ``isText(_:)``.
    public func matches(_ data: ProtobufCBinaryData) -> Bool {
        self.matches(UnsafeRawBufferPointer(start: data.data, count: data.len))
    }
}
