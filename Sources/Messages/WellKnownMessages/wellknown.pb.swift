public import CWellKnownMessages
public import ProtobufC
public struct ProtoDuration: Message {
    public var seconds: Int64
    public var nanos: Int32
    public init(seconds: Int64 = 0, nanos: Int32 = 0) {
        self.seconds = seconds
        self.nanos = nanos
    }
    public init() { self.init(seconds: 0) }
    public typealias Storage = Google__Protobuf__Duration
    public static let fullName = "google.protobuf.Duration"
    public init(copying storage: UnsafePointer<Storage>) {
        self.seconds = storage.pointee.seconds
        self.nanos = storage.pointee.nanos
    }
    @inlinable public static func initialize(_ storage: UnsafeMutablePointer<Storage>) { google__protobuf__duration__init(storage) }
    @inlinable public static func unpack(_ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>) -> UnsafeMutablePointer<Storage>? {
        google__protobuf__duration__unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    @inlinable public static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    @inlinable public static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    public func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena) {
        storage.pointee.seconds = self.seconds
        storage.pointee.nanos = self.nanos
    }
}
extension View where M == ProtoDuration {
    @inlinable public var seconds: Int64 { self.storage.pointee.seconds }
    @inlinable public var nanos: Int32 { self.storage.pointee.nanos }
}
extension Builder where M == ProtoDuration {
    @inlinable public var seconds: Int64 {
        get { self.storage.pointee.seconds }
        set { self.storage.pointee.seconds = newValue }
    }
    @inlinable public var nanos: Int32 {
        get { self.storage.pointee.nanos }
        set { self.storage.pointee.nanos = newValue }
    }
}
extension Swift.Duration {
    public init(_ value: ProtoDuration) throws(ProtobufC.EncodingError) { self = .seconds(value.seconds) + .nanoseconds(Int64(value.nanos)) }
}
