public import CProtobufC

extension RawSpan {
    /// Borrows the bytes of a field, for generated code.
    @inlinable
    @_lifetime(immortal)
    public init(unchecked data: ProtobufCBinaryData) {
        let bytes = UnsafeRawBufferPointer(start: data.data, count: data.len)
        self = _overrideLifetime(RawSpan(_unsafeBytes: bytes), copying: ())
    }
}

extension Span where Element: BitwiseCopyable {
    /// Borrows a list of numbers, for generated code.
    @inlinable
    @_lifetime(immortal)
    public init(unchecked elements: UnsafePointer<Element>?, count: Int) {
        let list = UnsafeBufferPointer(start: elements, count: elements == nil ? 0 : count)
        self = _overrideLifetime(Span(_unsafeElements: list), copying: ())
    }
}

/// The elements of a repeated text field, borrowed from the arena.
public struct RepeatedTextView: ~Escapable {
    @usableFromInline let elements: UnsafePointer<ProtobufCBinaryData>?
    /// The number of elements.
    public let count: Int

    /// Borrows protobuf-c's array, for generated code.
    @inlinable
    @_lifetime(immortal)
    public init(unchecked elements: UnsafePointer<ProtobufCBinaryData>?, count: Int) {
        self.elements = elements
        self.count = count
    }

    /// Whether there is no element.
    @inlinable
    public var isEmpty: Bool { self.count == 0 }

    /// The element at an index, which must be in `0..<count`.
    @inlinable
    public subscript(index: Int) -> TextView {
        @_lifetime(copy self)
        get {
            precondition(index >= 0 && index < self.count, "index \(index) is not below \(self.count)")
            return _overrideLifetime(TextView(unchecked: self.elements.unsafelyUnwrapped[index]), copying: self)
        }
    }
}

/// The elements of a repeated bytes field, borrowed from the arena.
public struct RepeatedBytesView: ~Escapable {
    @usableFromInline let elements: UnsafePointer<ProtobufCBinaryData>?
    /// The number of elements.
    public let count: Int

    /// Borrows protobuf-c's array, for generated code.
    @inlinable
    @_lifetime(immortal)
    public init(unchecked elements: UnsafePointer<ProtobufCBinaryData>?, count: Int) {
        self.elements = elements
        self.count = count
    }

    /// Whether there is no element.
    @inlinable
    public var isEmpty: Bool { self.count == 0 }

    /// The element at an index, which must be in `0..<count`.
    @inlinable
    public subscript(index: Int) -> RawSpan {
        @_lifetime(copy self)
        get {
            precondition(index >= 0 && index < self.count, "index \(index) is not below \(self.count)")
            return _overrideLifetime(RawSpan(unchecked: self.elements.unsafelyUnwrapped[index]), copying: self)
        }
    }
}

/// The elements of a repeated bool field, borrowed from the arena.
public struct RepeatedBooleanView: ~Escapable {
    @usableFromInline let elements: UnsafePointer<protobuf_c_boolean>?
    /// The number of elements.
    public let count: Int

    /// Borrows protobuf-c's array, for generated code.
    @inlinable
    @_lifetime(immortal)
    public init(unchecked elements: UnsafePointer<protobuf_c_boolean>?, count: Int) {
        self.elements = elements
        self.count = count
    }

    /// Whether there is no element.
    @inlinable
    public var isEmpty: Bool { self.count == 0 }

    /// The element at an index, which must be in `0..<count`.
    @inlinable
    public subscript(index: Int) -> Bool {
        precondition(index >= 0 && index < self.count, "index \(index) is not below \(self.count)")
        return self.elements.unsafelyUnwrapped[index] != 0
    }
}

/// The elements of a repeated enum field, borrowed from the arena.
public struct RepeatedEnumView<Value: MessageEnum>: ~Escapable {
    @usableFromInline let elements: UnsafeRawPointer?
    /// The number of elements.
    public let count: Int

    /// Borrows protobuf-c's array, for generated code; protobuf-c makes each enum as large as an `int`.
    @inlinable
    @_lifetime(immortal)
    public init(unchecked elements: UnsafeRawPointer?, count: Int) {
        self.elements = elements
        self.count = count
    }

    /// Whether there is no element.
    @inlinable
    public var isEmpty: Bool { self.count == 0 }

    /// The element at an index, which must be in `0..<count`.
    @inlinable
    public subscript(index: Int) -> Value {
        precondition(index >= 0 && index < self.count, "index \(index) is not below \(self.count)")
        return Value(rawValue: self.elements.unsafelyUnwrapped.load(fromByteOffset: index &* 4, as: Int32.self))
    }
}
