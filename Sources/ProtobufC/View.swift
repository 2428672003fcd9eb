/// A message borrowed from the arena, for handlers that cannot afford to copy it.
///
/// The accessors of each message's fields are generated as extensions. A view, and everything reached through it, is
/// valid only while the call that was handed it runs; the compiler does not let it escape.
public struct View<M: Message>: ~Escapable {
    /// protobuf-c's structure, for generated code.
    public let storage: UnsafePointer<M.Storage>

    /// Borrows a structure whose text has been checked.
    @inlinable
    @_lifetime(borrow arena)
    public init(_ storage: UnsafePointer<M.Storage>, in arena: borrowing Arena) {
        self.storage = storage
    }

    /// Borrows a structure that another view leads to, for generated code.
    @inlinable
    @_lifetime(immortal)
    public init(unchecked storage: UnsafePointer<M.Storage>) {
        self.storage = storage
    }

    /// A copy that may be kept.
    @inlinable
    public func copy() -> M { M(copying: self.storage) }
}

/// The elements of a repeated message field, borrowed from the arena.
public struct RepeatedView<M: Message>: ~Escapable {
    @usableFromInline let elements: UnsafePointer<UnsafeMutablePointer<M.Storage>?>?
    /// The number of elements.
    public let count: Int

    /// Borrows protobuf-c's array, for generated code.
    @inlinable
    @_lifetime(immortal)
    public init(unchecked elements: UnsafePointer<UnsafeMutablePointer<M.Storage>?>?, count: Int) {
        self.elements = elements
        self.count = count
    }

    /// Whether there is no element.
    @inlinable
    public var isEmpty: Bool { self.count == 0 }

    /// The element at an index, which must be in `0..<count`.
    @inlinable
    public subscript(index: Int) -> View<M> {
        @_lifetime(copy self)
        get {
            precondition(index >= 0 && index < self.count, "index \(index) is not below \(self.count)")
            guard let element = self.elements.unsafelyUnwrapped[index] else {
                preconditionFailure("protobuf-c unpacked a list with a gap")
            }
            return _overrideLifetime(View(unchecked: UnsafePointer(element)), copying: self)
        }
    }
}
