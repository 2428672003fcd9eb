public import CHealthMessages
public import ProtobufC
public enum ServingStatus: Hashable, Sendable {
    case unknown
    case serving
    case notServing
    case serviceUnknown
    case unrecognized(Int32)
    public init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .unknown
        case 1: self = .serving
        case 2: self = .notServing
        case 3: self = .serviceUnknown
        default: self = .unrecognized(rawValue)
        }
    }
    public var rawValue: Int32 {
        switch self {
        case .unknown: 0
        case .serving: 1
        case .notServing: 2
        case .serviceUnknown: 3
        case .unrecognized(let value): value
        }
    }
}
public struct CheckRequest: Message {
    public var service: String
    public init(service: String = "") {
        self.service = service
    }
    public init() { self.init(service: "") }
    public typealias Storage = Driveline__Health__V1__CheckRequest
    public static let fullName = "driveline.health.v1.CheckRequest"
    public init(copying storage: UnsafePointer<Storage>) {
        self.service = String(copying: storage.pointee.service)
    }
    @inlinable public static func initialize(_ storage: UnsafeMutablePointer<Storage>) { driveline__health__v1__check_request__init(storage) }
    @inlinable public static func unpack(_ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>) -> UnsafeMutablePointer<Storage>? {
        driveline__health__v1__check_request__unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    @inlinable public static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
        if !isText(storage.pointee.service) { violations.appendInvalidText("service") }
    }
    @inlinable public static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    public func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena) {
        storage.pointee.service = arena.store(self.service)
    }
}
extension View where M == CheckRequest {
    @inlinable public var service: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.service), copying: self) }
    }
}
extension Builder where M == CheckRequest {
    @inlinable public mutating func setService(_ text: borrowing TextView) { self.storage.pointee.service = self.arena.store(text) }
    @inlinable public mutating func setService(_ text: String) { self.storage.pointee.service = self.arena.store(text) }
}
public struct CheckResponse: Message {
    public var status: ServingStatus
    public init(status: ServingStatus = ServingStatus(rawValue: 0)) {
        self.status = status
    }
    public init() { self.init(status: ServingStatus(rawValue: 0)) }
    public typealias Storage = Driveline__Health__V1__CheckResponse
    public static let fullName = "driveline.health.v1.CheckResponse"
    public init(copying storage: UnsafePointer<Storage>) {
        self.status = ServingStatus(rawValue: Int32(bitPattern: storage.pointee.status.rawValue))
    }
    @inlinable public static func initialize(_ storage: UnsafeMutablePointer<Storage>) { driveline__health__v1__check_response__init(storage) }
    @inlinable public static func unpack(_ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>) -> UnsafeMutablePointer<Storage>? {
        driveline__health__v1__check_response__unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    @inlinable public static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    @inlinable public static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    public func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena) {
        storage.pointee.status.rawValue = UInt32(bitPattern: self.status.rawValue)
    }
}
extension View where M == CheckResponse {
}
extension Builder where M == CheckResponse {
    @inlinable public var status: ServingStatus {
        get { ServingStatus(rawValue: Int32(bitPattern: self.storage.pointee.status.rawValue)) }
        set { self.storage.pointee.status.rawValue = UInt32(bitPattern: newValue.rawValue) }
    }
}
