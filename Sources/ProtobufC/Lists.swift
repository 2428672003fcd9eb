public import CProtobufC

// What generated code copies lists of single values with, in both directions. protobuf-c leaves the pointer of an
// empty list as it is, so only the count says whether there is anything.

extension Array where Element: BitwiseCopyable {
    /// Copies a list of numbers.
    @inlinable
    public init(copying elements: UnsafeMutablePointer<Element>?, count: Int) {
        self.init(UnsafeBufferPointer(start: elements, count: elements == nil ? 0 : count))
    }
}

extension [Bool] {
    /// Copies a list of protobuf-c's booleans.
    @inlinable
    public init(copyingBooleans elements: UnsafeMutablePointer<protobuf_c_boolean>?, count: Int) {
        self = UnsafeBufferPointer(start: elements, count: elements == nil ? 0 : count).map { $0 != 0 }
    }
}

extension [String] {
    /// Copies a list of texts, which must have been checked.
    @inlinable
    public init(copyingTexts elements: UnsafeMutablePointer<ProtobufCBinaryData>?, count: Int) {
        self = UnsafeBufferPointer(start: elements, count: elements == nil ? 0 : count).map { String(copying: $0) }
    }
}

extension [[UInt8]] {
    /// Copies a list of byte strings.
    @inlinable
    public init(copyingByteStrings elements: UnsafeMutablePointer<ProtobufCBinaryData>?, count: Int) {
        self = UnsafeBufferPointer(start: elements, count: elements == nil ? 0 : count).map { [UInt8](copying: $0) }
    }
}

extension [UInt8] {
    /// Copies the bytes of a field.
    @inlinable
    public init(copying data: ProtobufCBinaryData) {
        self.init(UnsafeBufferPointer(start: data.data, count: data.len))
    }
}

extension Array where Element: MessageEnum {
    /// Copies a list of enums, of whatever type they are in C: protobuf-c makes each as large as an `int`.
    @inlinable
    public init(copyingEnums elements: UnsafeRawPointer?, count: Int) {
        self.init()
        guard let elements else { return }
        self.reserveCapacity(count)
        for index in 0..<count {
            self.append(Element(rawValue: elements.load(fromByteOffset: index &* 4, as: Int32.self)))
        }
    }
}

extension Arena {
    /// Stores a list of numbers; none above the limit.
    @inlinable
    public func storeNumbers<Number: BitwiseCopyable>(_ values: [Number]) -> (UnsafeMutablePointer<Number>?, Int) {
        guard let list = self.makeArray(Number.self, count: values.count) else { return (nil, 0) }
        values.withUnsafeBufferPointer { values in
            guard let start = values.baseAddress else { return }
            list.initialize(from: start, count: values.count)
        }
        return (list, values.count)
    }

    /// Stores a list of booleans; none above the limit.
    @inlinable
    public func storeBooleans(_ values: [Bool]) -> (UnsafeMutablePointer<protobuf_c_boolean>?, Int) {
        guard let list = self.makeArray(protobuf_c_boolean.self, count: values.count) else { return (nil, 0) }
        for index in values.indices { (list + index).initialize(to: values[index] ? 1 : 0) }
        return (list, values.count)
    }

    /// Stores a list of texts; none above the limit.
    @inlinable
    public func storeTexts(_ values: [String]) -> (UnsafeMutablePointer<ProtobufCBinaryData>?, Int) {
        guard let list = self.makeArray(ProtobufCBinaryData.self, count: values.count) else { return (nil, 0) }
        for index in values.indices { (list + index).initialize(to: self.store(values[index])) }
        return (list, values.count)
    }

    /// Stores a list of byte strings; none above the limit.
    @inlinable
    public func storeByteStrings(_ values: [[UInt8]]) -> (UnsafeMutablePointer<ProtobufCBinaryData>?, Int) {
        guard let list = self.makeArray(ProtobufCBinaryData.self, count: values.count) else { return (nil, 0) }
        for index in values.indices { (list + index).initialize(to: self.store(values[index])) }
        return (list, values.count)
    }

    /// Stores a list of enums as their type in C; none above the limit.
    @inlinable
    public func storeEnums<Value: MessageEnum, Structure: BitwiseCopyable>(
        _ values: [Value]
    ) -> (UnsafeMutablePointer<Structure>?, Int) {
        precondition(MemoryLayout<Structure>.size == 4, "protobuf-c makes enums as large as an int")
        guard let list = self.makeArray(Structure.self, count: values.count) else { return (nil, 0) }
        let numbers = UnsafeMutableRawPointer(list)
        for index in values.indices {
            numbers.storeBytes(of: values[index].rawValue, toByteOffset: index &* 4, as: Int32.self)
        }
        return (list, values.count)
    }

    /// Copies borrowed bytes into the arena; empty above the limit.
    @inlinable
    public func store(_ bytes: borrowing RawSpan) -> ProtobufCBinaryData {
        bytes.withUnsafeBytes { self.store($0) }
    }
}
