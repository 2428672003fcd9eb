extension Array where Element: Message {
    /// Copies the elements of a repeated message field, for generated code.
    @inlinable
    public init(copying elements: UnsafeMutablePointer<UnsafeMutablePointer<Element.Storage>?>?, count: Int) {
        self.init()
        guard let elements else { return }
        self.reserveCapacity(count)
        for index in 0..<count {
            guard let element = elements[index] else { continue }
            self.append(Element(copying: UnsafePointer(element)))
        }
    }
}

extension Arena {
    /// Stores the elements of a repeated message field, for generated code; none above the limit.
    @inlinable
    public func store<M: Message>(
        _ messages: [M]
    ) -> (UnsafeMutablePointer<UnsafeMutablePointer<M.Storage>?>?, Int) {
        guard let elements = self.makeMessages(M.self, count: messages.count) else { return (nil, 0) }
        for index in messages.indices {
            messages[index].store(into: elements[index].unsafelyUnwrapped, in: self)
        }
        return (elements, messages.count)
    }

    /// Hands out the elements of a repeated message field to be written, for generated code.
    @inlinable
    public func build<M: Message>(
        _ elements: UnsafeMutablePointer<UnsafeMutablePointer<M.Storage>?>?,
        _ count: Int,
        _ write: (_ index: Int, _ element: inout Builder<M>) -> Void
    ) {
        guard let elements else { return }
        for index in 0..<count {
            var builder = Builder<M>(unchecked: elements[index].unsafelyUnwrapped, in: self)
            write(index, &builder)
        }
    }
}

extension FieldViolations {
    /// Checks each element of a repeated message field, for generated code.
    @inlinable
    public mutating func checkEach<M: Message>(
        _ elements: UnsafeMutablePointer<UnsafeMutablePointer<M.Storage>?>?,
        _ count: Int,
        _: M.Type,
        _ field: StaticString,
        _ check: (UnsafePointer<M.Storage>, inout FieldViolations) -> Void
    ) {
        guard let elements else { return }
        for index in 0..<count {
            let before = self.count
            guard let element = elements[index] else { continue }
            check(UnsafePointer(element), &self)
            if self.count != before { self.prefix("\(field)[\(index)]", from: before) }
        }
    }
}
