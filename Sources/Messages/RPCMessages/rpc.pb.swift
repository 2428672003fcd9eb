public import CRPCMessages
public import ProtobufC
public import WellKnownMessages
public enum Reason: Hashable, Sendable {
    case unspecified
    case fieldInvalid
    case messageMalformed
    case messageTooLarge
    case unauthenticated
    case scopeMissing
    case notFound
    case methodUnknown
    case alreadyExists
    case conflict
    case versionMismatch
    case versionRequired
    case idempotencyKeyRequired
    case idempotencyKeyReused
    case callInFlight
    case rateLimited
    case overloaded
    case unavailable
    case deadlineExceeded
    case cancelled
    case `internal`
    case unrecognized(Int32)
    public init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .unspecified
        case 1: self = .fieldInvalid
        case 2: self = .messageMalformed
        case 3: self = .messageTooLarge
        case 4: self = .unauthenticated
        case 5: self = .scopeMissing
        case 6: self = .notFound
        case 7: self = .methodUnknown
        case 8: self = .alreadyExists
        case 9: self = .conflict
        case 10: self = .versionMismatch
        case 11: self = .versionRequired
        case 12: self = .idempotencyKeyRequired
        case 13: self = .idempotencyKeyReused
        case 14: self = .callInFlight
        case 15: self = .rateLimited
        case 16: self = .overloaded
        case 17: self = .unavailable
        case 18: self = .deadlineExceeded
        case 19: self = .cancelled
        case 20: self = .internal
        default: self = .unrecognized(rawValue)
        }
    }
    public var rawValue: Int32 {
        switch self {
        case .unspecified: 0
        case .fieldInvalid: 1
        case .messageMalformed: 2
        case .messageTooLarge: 3
        case .unauthenticated: 4
        case .scopeMissing: 5
        case .notFound: 6
        case .methodUnknown: 7
        case .alreadyExists: 8
        case .conflict: 9
        case .versionMismatch: 10
        case .versionRequired: 11
        case .idempotencyKeyRequired: 12
        case .idempotencyKeyReused: 13
        case .callInFlight: 14
        case .rateLimited: 15
        case .overloaded: 16
        case .unavailable: 17
        case .deadlineExceeded: 18
        case .cancelled: 19
        case .internal: 20
        case .unrecognized(let value): value
        }
    }
}
public struct Problem: Message {
    public var type: String
    public var reason: Reason
    public var fields: [FieldProblem]
    public var retryAfter: ProtoDuration?
    public var version: UInt64?
    public init(type: String = "", reason: Reason = Reason(rawValue: 0), fields: [FieldProblem] = [], retryAfter: ProtoDuration? = nil, version: UInt64? = nil) {
        self.type = type
        self.reason = reason
        self.fields = fields
        self.retryAfter = retryAfter
        self.version = version
    }
    public init() { self.init(type: "") }
    public typealias Storage = Driveline__Rpc__V1__Problem
    public static let fullName = "driveline.rpc.v1.Problem"
    public init(copying storage: UnsafePointer<Storage>) {
        self.type = String(copying: storage.pointee.type)
        self.reason = Reason(rawValue: Int32(bitPattern: storage.pointee.reason.rawValue))
        self.fields = [FieldProblem](copying: storage.pointee.fields, count: storage.pointee.n_fields)
        self.retryAfter = storage.pointee.retry_after.map { ProtoDuration(copying: $0) }
        self.version = storage.pointee.current_version_case.rawValue == 5 ? storage.pointee.version : nil
    }
    @inlinable public static func initialize(_ storage: UnsafeMutablePointer<Storage>) { driveline__rpc__v1__problem__init(storage) }
    @inlinable public static func unpack(_ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>) -> UnsafeMutablePointer<Storage>? {
        driveline__rpc__v1__problem__unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    @inlinable public static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
        if !isText(storage.pointee.type) { violations.appendInvalidText("type") }
        violations.checkEach(storage.pointee.fields, storage.pointee.n_fields, FieldProblem.self, "fields", FieldProblem.checkText)
    }
    @inlinable public static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    public func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena) {
        storage.pointee.type = arena.store(self.type)
        storage.pointee.reason.rawValue = UInt32(bitPattern: self.reason.rawValue)
        (storage.pointee.fields, storage.pointee.n_fields) = arena.store(self.fields)
        if let value = self.retryAfter, let nested = arena.make(ProtoDuration.self) { value.store(into: nested, in: arena); storage.pointee.retry_after = nested }
        if let value = self.version { storage.pointee.version = value; storage.pointee.current_version_case.rawValue = 5 }
    }
}
extension View where M == Problem {
    @inlinable public var type: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.type), copying: self) }
    }
}
extension Builder where M == Problem {
    @inlinable public mutating func setType(_ text: borrowing TextView) { self.storage.pointee.type = self.arena.store(text) }
    @inlinable public mutating func setType(_ text: String) { self.storage.pointee.type = self.arena.store(text) }
    @inlinable public var reason: Reason {
        get { Reason(rawValue: Int32(bitPattern: self.storage.pointee.reason.rawValue)) }
        set { self.storage.pointee.reason.rawValue = UInt32(bitPattern: newValue.rawValue) }
    }
    @inlinable public mutating func setFields(count: Int, _ write: (_ index: Int, _ element: inout Builder<FieldProblem>) -> Void) {
        storage.pointee.fields = arena.makeMessages(FieldProblem.self, count: count)
        storage.pointee.n_fields = storage.pointee.fields == nil ? 0 : count
        arena.build(storage.pointee.fields, storage.pointee.n_fields, write)
    }
}
public struct FieldProblem: Message {
    public var field: String
    public var reason: String
    public var expected: String
    public init(field: String = "", reason: String = "", expected: String = "") {
        self.field = field
        self.reason = reason
        self.expected = expected
    }
    public init() { self.init(field: "") }
    public typealias Storage = Driveline__Rpc__V1__FieldProblem
    public static let fullName = "driveline.rpc.v1.FieldProblem"
    public init(copying storage: UnsafePointer<Storage>) {
        self.field = String(copying: storage.pointee.field)
        self.reason = String(copying: storage.pointee.reason)
        self.expected = String(copying: storage.pointee.expected)
    }
    @inlinable public static func initialize(_ storage: UnsafeMutablePointer<Storage>) { driveline__rpc__v1__field_problem__init(storage) }
    @inlinable public static func unpack(_ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>) -> UnsafeMutablePointer<Storage>? {
        driveline__rpc__v1__field_problem__unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    @inlinable public static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
        if !isText(storage.pointee.field) { violations.appendInvalidText("field") }
        if !isText(storage.pointee.reason) { violations.appendInvalidText("reason") }
        if !isText(storage.pointee.expected) { violations.appendInvalidText("expected") }
    }
    @inlinable public static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    public func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena) {
        storage.pointee.field = arena.store(self.field)
        storage.pointee.reason = arena.store(self.reason)
        storage.pointee.expected = arena.store(self.expected)
    }
}
extension View where M == FieldProblem {
    @inlinable public var field: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.field), copying: self) }
    }
    @inlinable public var reason: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.reason), copying: self) }
    }
    @inlinable public var expected: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.expected), copying: self) }
    }
}
extension Builder where M == FieldProblem {
    @inlinable public mutating func setField(_ text: borrowing TextView) { self.storage.pointee.field = self.arena.store(text) }
    @inlinable public mutating func setField(_ text: String) { self.storage.pointee.field = self.arena.store(text) }
    @inlinable public mutating func setReason(_ text: borrowing TextView) { self.storage.pointee.reason = self.arena.store(text) }
    @inlinable public mutating func setReason(_ text: String) { self.storage.pointee.reason = self.arena.store(text) }
    @inlinable public mutating func setExpected(_ text: borrowing TextView) { self.storage.pointee.expected = self.arena.store(text) }
    @inlinable public mutating func setExpected(_ text: String) { self.storage.pointee.expected = self.arena.store(text) }
}
public struct Hello: Message {
    public var maximumFrameBytes: UInt32
    public var maximumMessageBytes: UInt32
    public var maximumStreams: UInt32
    public var initialCreditBytes: UInt32
    public var credential: String
    public var agent: String
    public init(maximumFrameBytes: UInt32 = 0, maximumMessageBytes: UInt32 = 0, maximumStreams: UInt32 = 0, initialCreditBytes: UInt32 = 0, credential: String = "", agent: String = "") {
        self.maximumFrameBytes = maximumFrameBytes
        self.maximumMessageBytes = maximumMessageBytes
        self.maximumStreams = maximumStreams
        self.initialCreditBytes = initialCreditBytes
        self.credential = credential
        self.agent = agent
    }
    public init() { self.init(maximumFrameBytes: 0) }
    public typealias Storage = Driveline__Rpc__V1__Hello
    public static let fullName = "driveline.rpc.v1.Hello"
    public init(copying storage: UnsafePointer<Storage>) {
        self.maximumFrameBytes = storage.pointee.maximum_frame_bytes
        self.maximumMessageBytes = storage.pointee.maximum_message_bytes
        self.maximumStreams = storage.pointee.maximum_streams
        self.initialCreditBytes = storage.pointee.initial_credit_bytes
        self.credential = String(copying: storage.pointee.credential)
        self.agent = String(copying: storage.pointee.agent)
    }
    @inlinable public static func initialize(_ storage: UnsafeMutablePointer<Storage>) { driveline__rpc__v1__hello__init(storage) }
    @inlinable public static func unpack(_ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>) -> UnsafeMutablePointer<Storage>? {
        driveline__rpc__v1__hello__unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    @inlinable public static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
        if !isText(storage.pointee.credential) { violations.appendInvalidText("credential") }
        if !isText(storage.pointee.agent) { violations.appendInvalidText("agent") }
    }
    @inlinable public static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    public func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena) {
        storage.pointee.maximum_frame_bytes = self.maximumFrameBytes
        storage.pointee.maximum_message_bytes = self.maximumMessageBytes
        storage.pointee.maximum_streams = self.maximumStreams
        storage.pointee.initial_credit_bytes = self.initialCreditBytes
        storage.pointee.credential = arena.store(self.credential)
        storage.pointee.agent = arena.store(self.agent)
    }
}
extension View where M == Hello {
    @inlinable public var maximumFrameBytes: UInt32 { self.storage.pointee.maximum_frame_bytes }
    @inlinable public var maximumMessageBytes: UInt32 { self.storage.pointee.maximum_message_bytes }
    @inlinable public var maximumStreams: UInt32 { self.storage.pointee.maximum_streams }
    @inlinable public var initialCreditBytes: UInt32 { self.storage.pointee.initial_credit_bytes }
    @inlinable public var credential: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.credential), copying: self) }
    }
    @inlinable public var agent: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.agent), copying: self) }
    }
}
extension Builder where M == Hello {
    @inlinable public var maximumFrameBytes: UInt32 {
        get { self.storage.pointee.maximum_frame_bytes }
        set { self.storage.pointee.maximum_frame_bytes = newValue }
    }
    @inlinable public var maximumMessageBytes: UInt32 {
        get { self.storage.pointee.maximum_message_bytes }
        set { self.storage.pointee.maximum_message_bytes = newValue }
    }
    @inlinable public var maximumStreams: UInt32 {
        get { self.storage.pointee.maximum_streams }
        set { self.storage.pointee.maximum_streams = newValue }
    }
    @inlinable public var initialCreditBytes: UInt32 {
        get { self.storage.pointee.initial_credit_bytes }
        set { self.storage.pointee.initial_credit_bytes = newValue }
    }
    @inlinable public mutating func setCredential(_ text: borrowing TextView) { self.storage.pointee.credential = self.arena.store(text) }
    @inlinable public mutating func setCredential(_ text: String) { self.storage.pointee.credential = self.arena.store(text) }
    @inlinable public mutating func setAgent(_ text: borrowing TextView) { self.storage.pointee.agent = self.arena.store(text) }
    @inlinable public mutating func setAgent(_ text: String) { self.storage.pointee.agent = self.arena.store(text) }
}
public struct Caller: Message {
    public var brand: String
    public var principal: String
    public var scopes: [String]
    public init(brand: String = "", principal: String = "", scopes: [String] = []) {
        self.brand = brand
        self.principal = principal
        self.scopes = scopes
    }
    public init() { self.init(brand: "") }
    public typealias Storage = Driveline__Rpc__V1__Caller
    public static let fullName = "driveline.rpc.v1.Caller"
    public init(copying storage: UnsafePointer<Storage>) {
        self.brand = String(copying: storage.pointee.brand)
        self.principal = String(copying: storage.pointee.principal)
        self.scopes = (0..<storage.pointee.n_scopes).map { String(copying: storage.pointee.scopes[$0]) }
    }
    @inlinable public static func initialize(_ storage: UnsafeMutablePointer<Storage>) { driveline__rpc__v1__caller__init(storage) }
    @inlinable public static func unpack(_ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>) -> UnsafeMutablePointer<Storage>? {
        driveline__rpc__v1__caller__unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    @inlinable public static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
        if !isText(storage.pointee.brand) { violations.appendInvalidText("brand") }
        if !isText(storage.pointee.principal) { violations.appendInvalidText("principal") }
    }
    @inlinable public static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    public func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena) {
        storage.pointee.brand = arena.store(self.brand)
        storage.pointee.principal = arena.store(self.principal)
        if let array = arena.makeArray(ProtobufCBinaryData.self, count: self.scopes.count) { for (i, v) in self.scopes.enumerated() { array[i] = arena.store(v) }; storage.pointee.scopes = array; storage.pointee.n_scopes = self.scopes.count }
    }
}
extension View where M == Caller {
    @inlinable public var brand: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.brand), copying: self) }
    }
    @inlinable public var principal: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.principal), copying: self) }
    }
}
extension Builder where M == Caller {
    @inlinable public mutating func setBrand(_ text: borrowing TextView) { self.storage.pointee.brand = self.arena.store(text) }
    @inlinable public mutating func setBrand(_ text: String) { self.storage.pointee.brand = self.arena.store(text) }
    @inlinable public mutating func setPrincipal(_ text: borrowing TextView) { self.storage.pointee.principal = self.arena.store(text) }
    @inlinable public mutating func setPrincipal(_ text: String) { self.storage.pointee.principal = self.arena.store(text) }
}
public struct Meta: Message {
    public var metadata: [Metadata]
    public var traceparent: String
    public var tracestate: String
    public var message: String
    public var problem: Problem?
    public init(metadata: [Metadata] = [], traceparent: String = "", tracestate: String = "", message: String = "", problem: Problem? = nil) {
        self.metadata = metadata
        self.traceparent = traceparent
        self.tracestate = tracestate
        self.message = message
        self.problem = problem
    }
    public init() { self.init(metadata: []) }
    public typealias Storage = Driveline__Rpc__V1__Meta
    public static let fullName = "driveline.rpc.v1.Meta"
    public init(copying storage: UnsafePointer<Storage>) {
        self.metadata = [Metadata](copying: storage.pointee.metadata, count: storage.pointee.n_metadata)
        self.traceparent = String(copying: storage.pointee.traceparent)
        self.tracestate = String(copying: storage.pointee.tracestate)
        self.message = String(copying: storage.pointee.message)
        self.problem = storage.pointee.problem.map { Problem(copying: $0) }
    }
    @inlinable public static func initialize(_ storage: UnsafeMutablePointer<Storage>) { driveline__rpc__v1__meta__init(storage) }
    @inlinable public static func unpack(_ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>) -> UnsafeMutablePointer<Storage>? {
        driveline__rpc__v1__meta__unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    @inlinable public static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
        violations.checkEach(storage.pointee.metadata, storage.pointee.n_metadata, Metadata.self, "metadata", Metadata.checkText)
        if !isText(storage.pointee.traceparent) { violations.appendInvalidText("traceparent") }
        if !isText(storage.pointee.tracestate) { violations.appendInvalidText("tracestate") }
        if !isText(storage.pointee.message) { violations.appendInvalidText("message") }
    }
    @inlinable public static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    public func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena) {
        (storage.pointee.metadata, storage.pointee.n_metadata) = arena.store(self.metadata)
        storage.pointee.traceparent = arena.store(self.traceparent)
        storage.pointee.tracestate = arena.store(self.tracestate)
        storage.pointee.message = arena.store(self.message)
        if let value = self.problem, let nested = arena.make(Problem.self) { value.store(into: nested, in: arena); storage.pointee.problem = nested }
    }
}
extension View where M == Meta {
    @inlinable public var traceparent: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.traceparent), copying: self) }
    }
    @inlinable public var tracestate: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.tracestate), copying: self) }
    }
    @inlinable public var message: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.message), copying: self) }
    }
}
extension Builder where M == Meta {
    @inlinable public mutating func setMetadata(count: Int, _ write: (_ index: Int, _ element: inout Builder<Metadata>) -> Void) {
        storage.pointee.metadata = arena.makeMessages(Metadata.self, count: count)
        storage.pointee.n_metadata = storage.pointee.metadata == nil ? 0 : count
        arena.build(storage.pointee.metadata, storage.pointee.n_metadata, write)
    }
    @inlinable public mutating func setTraceparent(_ text: borrowing TextView) { self.storage.pointee.traceparent = self.arena.store(text) }
    @inlinable public mutating func setTraceparent(_ text: String) { self.storage.pointee.traceparent = self.arena.store(text) }
    @inlinable public mutating func setTracestate(_ text: borrowing TextView) { self.storage.pointee.tracestate = self.arena.store(text) }
    @inlinable public mutating func setTracestate(_ text: String) { self.storage.pointee.tracestate = self.arena.store(text) }
    @inlinable public mutating func setMessage(_ text: borrowing TextView) { self.storage.pointee.message = self.arena.store(text) }
    @inlinable public mutating func setMessage(_ text: String) { self.storage.pointee.message = self.arena.store(text) }
}
public struct Metadata: Message {
    public var key: String
    public var value: [UInt8]
    public init(key: String = "", value: [UInt8] = []) {
        self.key = key
        self.value = value
    }
    public init() { self.init(key: "") }
    public typealias Storage = Driveline__Rpc__V1__Metadata
    public static let fullName = "driveline.rpc.v1.Metadata"
    public init(copying storage: UnsafePointer<Storage>) {
        self.key = String(copying: storage.pointee.key)
        self.value = [UInt8](UnsafeRawBufferPointer(start: storage.pointee.value.data, count: storage.pointee.value.len))
    }
    @inlinable public static func initialize(_ storage: UnsafeMutablePointer<Storage>) { driveline__rpc__v1__metadata__init(storage) }
    @inlinable public static func unpack(_ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>) -> UnsafeMutablePointer<Storage>? {
        driveline__rpc__v1__metadata__unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    @inlinable public static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
        if !isText(storage.pointee.key) { violations.appendInvalidText("key") }
    }
    @inlinable public static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    public func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena) {
        storage.pointee.key = arena.store(self.key)
        storage.pointee.value = arena.store(self.value)
    }
}
extension View where M == Metadata {
    @inlinable public var key: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.key), copying: self) }
    }
}
extension Builder where M == Metadata {
    @inlinable public mutating func setKey(_ text: borrowing TextView) { self.storage.pointee.key = self.arena.store(text) }
    @inlinable public mutating func setKey(_ text: String) { self.storage.pointee.key = self.arena.store(text) }
}
public struct GoAway: Message {
    public var reason: String
    public init(reason: String = "") {
        self.reason = reason
    }
    public init() { self.init(reason: "") }
    public typealias Storage = Driveline__Rpc__V1__GoAway
    public static let fullName = "driveline.rpc.v1.GoAway"
    public init(copying storage: UnsafePointer<Storage>) {
        self.reason = String(copying: storage.pointee.reason)
    }
    @inlinable public static func initialize(_ storage: UnsafeMutablePointer<Storage>) { driveline__rpc__v1__go_away__init(storage) }
    @inlinable public static func unpack(_ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>) -> UnsafeMutablePointer<Storage>? {
        driveline__rpc__v1__go_away__unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    @inlinable public static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
        if !isText(storage.pointee.reason) { violations.appendInvalidText("reason") }
    }
    @inlinable public static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    public func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena) {
        storage.pointee.reason = arena.store(self.reason)
    }
}
extension View where M == GoAway {
    @inlinable public var reason: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.reason), copying: self) }
    }
}
extension Builder where M == GoAway {
    @inlinable public mutating func setReason(_ text: borrowing TextView) { self.storage.pointee.reason = self.arena.store(text) }
    @inlinable public mutating func setReason(_ text: String) { self.storage.pointee.reason = self.arena.store(text) }
}
