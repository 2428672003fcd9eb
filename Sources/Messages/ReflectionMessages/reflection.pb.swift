public import CReflectionMessages
public import ProtobufC
public struct ListServicesRequest: Message {
    public init() {}
    public typealias Storage = Driveline__Reflection__V1__ListServicesRequest
    public static let fullName = "driveline.reflection.v1.ListServicesRequest"
    public init(copying storage: UnsafePointer<Storage>) {
    }
    @inlinable public static func initialize(_ storage: UnsafeMutablePointer<Storage>) { driveline__reflection__v1__list_services_request__init(storage) }
    @inlinable public static func unpack(_ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>) -> UnsafeMutablePointer<Storage>? {
        driveline__reflection__v1__list_services_request__unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    @inlinable public static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    @inlinable public static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    public func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena) {
    }
}
extension View where M == ListServicesRequest {
}
extension Builder where M == ListServicesRequest {
}
public struct ListServicesResponse: Message {
    public var services: [Service]
    public init(services: [Service] = []) {
        self.services = services
    }
    public init() { self.init(services: []) }
    public typealias Storage = Driveline__Reflection__V1__ListServicesResponse
    public static let fullName = "driveline.reflection.v1.ListServicesResponse"
    public init(copying storage: UnsafePointer<Storage>) {
        self.services = [Service](copying: storage.pointee.services, count: storage.pointee.n_services)
    }
    @inlinable public static func initialize(_ storage: UnsafeMutablePointer<Storage>) { driveline__reflection__v1__list_services_response__init(storage) }
    @inlinable public static func unpack(_ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>) -> UnsafeMutablePointer<Storage>? {
        driveline__reflection__v1__list_services_response__unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    @inlinable public static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
        violations.checkEach(storage.pointee.services, storage.pointee.n_services, Service.self, "services", Service.checkText)
    }
    @inlinable public static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    public func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena) {
        (storage.pointee.services, storage.pointee.n_services) = arena.store(self.services)
    }
}
extension View where M == ListServicesResponse {
}
extension Builder where M == ListServicesResponse {
    @inlinable public mutating func setServices(count: Int, _ write: (_ index: Int, _ element: inout Builder<Service>) -> Void) {
        storage.pointee.services = arena.makeMessages(Service.self, count: count)
        storage.pointee.n_services = storage.pointee.services == nil ? 0 : count
        arena.build(storage.pointee.services, storage.pointee.n_services, write)
    }
}
public struct Service: Message {
    public var name: String
    public var methods: [Method]
    public init(name: String = "", methods: [Method] = []) {
        self.name = name
        self.methods = methods
    }
    public init() { self.init(name: "") }
    public typealias Storage = Driveline__Reflection__V1__Service
    public static let fullName = "driveline.reflection.v1.Service"
    public init(copying storage: UnsafePointer<Storage>) {
        self.name = String(copying: storage.pointee.name)
        self.methods = [Method](copying: storage.pointee.methods, count: storage.pointee.n_methods)
    }
    @inlinable public static func initialize(_ storage: UnsafeMutablePointer<Storage>) { driveline__reflection__v1__service__init(storage) }
    @inlinable public static func unpack(_ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>) -> UnsafeMutablePointer<Storage>? {
        driveline__reflection__v1__service__unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    @inlinable public static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
        if !isText(storage.pointee.name) { violations.appendInvalidText("name") }
        violations.checkEach(storage.pointee.methods, storage.pointee.n_methods, Method.self, "methods", Method.checkText)
    }
    @inlinable public static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    public func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena) {
        storage.pointee.name = arena.store(self.name)
        (storage.pointee.methods, storage.pointee.n_methods) = arena.store(self.methods)
    }
}
extension View where M == Service {
    @inlinable public var name: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.name), copying: self) }
    }
}
extension Builder where M == Service {
    @inlinable public mutating func setName(_ text: borrowing TextView) { self.storage.pointee.name = self.arena.store(text) }
    @inlinable public mutating func setName(_ text: String) { self.storage.pointee.name = self.arena.store(text) }
    @inlinable public mutating func setMethods(count: Int, _ write: (_ index: Int, _ element: inout Builder<Method>) -> Void) {
        storage.pointee.methods = arena.makeMessages(Method.self, count: count)
        storage.pointee.n_methods = storage.pointee.methods == nil ? 0 : count
        arena.build(storage.pointee.methods, storage.pointee.n_methods, write)
    }
}
public struct Method: Message {
    public var name: String
    public var id: UInt32
    public var requestType: String
    public var responseType: String
    public var clientStreaming: Bool
    public var serverStreaming: Bool
    public var scope: String
    public var anonymous: Bool
    public var idempotency: UInt32
    public init(name: String = "", id: UInt32 = 0, requestType: String = "", responseType: String = "", clientStreaming: Bool = false, serverStreaming: Bool = false, scope: String = "", anonymous: Bool = false, idempotency: UInt32 = 0) {
        self.name = name
        self.id = id
        self.requestType = requestType
        self.responseType = responseType
        self.clientStreaming = clientStreaming
        self.serverStreaming = serverStreaming
        self.scope = scope
        self.anonymous = anonymous
        self.idempotency = idempotency
    }
    public init() { self.init(name: "") }
    public typealias Storage = Driveline__Reflection__V1__Method
    public static let fullName = "driveline.reflection.v1.Method"
    public init(copying storage: UnsafePointer<Storage>) {
        self.name = String(copying: storage.pointee.name)
        self.id = storage.pointee.id
        self.requestType = String(copying: storage.pointee.request_type)
        self.responseType = String(copying: storage.pointee.response_type)
        self.clientStreaming = storage.pointee.client_streaming != 0
        self.serverStreaming = storage.pointee.server_streaming != 0
        self.scope = String(copying: storage.pointee.scope)
        self.anonymous = storage.pointee.anonymous != 0
        self.idempotency = storage.pointee.idempotency
    }
    @inlinable public static func initialize(_ storage: UnsafeMutablePointer<Storage>) { driveline__reflection__v1__method__init(storage) }
    @inlinable public static func unpack(_ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>) -> UnsafeMutablePointer<Storage>? {
        driveline__reflection__v1__method__unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    @inlinable public static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
        if !isText(storage.pointee.name) { violations.appendInvalidText("name") }
        if !isText(storage.pointee.request_type) { violations.appendInvalidText("requestType") }
        if !isText(storage.pointee.response_type) { violations.appendInvalidText("responseType") }
        if !isText(storage.pointee.scope) { violations.appendInvalidText("scope") }
    }
    @inlinable public static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    public func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena) {
        storage.pointee.name = arena.store(self.name)
        storage.pointee.id = self.id
        storage.pointee.request_type = arena.store(self.requestType)
        storage.pointee.response_type = arena.store(self.responseType)
        storage.pointee.client_streaming = self.clientStreaming ? 1 : 0
        storage.pointee.server_streaming = self.serverStreaming ? 1 : 0
        storage.pointee.scope = arena.store(self.scope)
        storage.pointee.anonymous = self.anonymous ? 1 : 0
        storage.pointee.idempotency = self.idempotency
    }
}
extension View where M == Method {
    @inlinable public var name: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.name), copying: self) }
    }
    @inlinable public var id: UInt32 { self.storage.pointee.id }
    @inlinable public var requestType: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.request_type), copying: self) }
    }
    @inlinable public var responseType: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.response_type), copying: self) }
    }
    @inlinable public var scope: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.scope), copying: self) }
    }
    @inlinable public var idempotency: UInt32 { self.storage.pointee.idempotency }
}
extension Builder where M == Method {
    @inlinable public mutating func setName(_ text: borrowing TextView) { self.storage.pointee.name = self.arena.store(text) }
    @inlinable public mutating func setName(_ text: String) { self.storage.pointee.name = self.arena.store(text) }
    @inlinable public var id: UInt32 {
        get { self.storage.pointee.id }
        set { self.storage.pointee.id = newValue }
    }
    @inlinable public mutating func setRequestType(_ text: borrowing TextView) { self.storage.pointee.request_type = self.arena.store(text) }
    @inlinable public mutating func setRequestType(_ text: String) { self.storage.pointee.request_type = self.arena.store(text) }
    @inlinable public mutating func setResponseType(_ text: borrowing TextView) { self.storage.pointee.response_type = self.arena.store(text) }
    @inlinable public mutating func setResponseType(_ text: String) { self.storage.pointee.response_type = self.arena.store(text) }
    @inlinable public mutating func setScope(_ text: borrowing TextView) { self.storage.pointee.scope = self.arena.store(text) }
    @inlinable public mutating func setScope(_ text: String) { self.storage.pointee.scope = self.arena.store(text) }
    @inlinable public var idempotency: UInt32 {
        get { self.storage.pointee.idempotency }
        set { self.storage.pointee.idempotency = newValue }
    }
}
public struct GetDescriptorsRequest: Message {
    public var service: String
    public init(service: String = "") {
        self.service = service
    }
    public init() { self.init(service: "") }
    public typealias Storage = Driveline__Reflection__V1__GetDescriptorsRequest
    public static let fullName = "driveline.reflection.v1.GetDescriptorsRequest"
    public init(copying storage: UnsafePointer<Storage>) {
        self.service = String(copying: storage.pointee.service)
    }
    @inlinable public static func initialize(_ storage: UnsafeMutablePointer<Storage>) { driveline__reflection__v1__get_descriptors_request__init(storage) }
    @inlinable public static func unpack(_ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>) -> UnsafeMutablePointer<Storage>? {
        driveline__reflection__v1__get_descriptors_request__unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
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
extension View where M == GetDescriptorsRequest {
    @inlinable public var service: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.service), copying: self) }
    }
}
extension Builder where M == GetDescriptorsRequest {
    @inlinable public mutating func setService(_ text: borrowing TextView) { self.storage.pointee.service = self.arena.store(text) }
    @inlinable public mutating func setService(_ text: String) { self.storage.pointee.service = self.arena.store(text) }
}
public struct GetDescriptorsResponse: Message {
    public var fileDescriptorSet: [UInt8]
    public init(fileDescriptorSet: [UInt8] = []) {
        self.fileDescriptorSet = fileDescriptorSet
    }
    public init() { self.init(fileDescriptorSet: []) }
    public typealias Storage = Driveline__Reflection__V1__GetDescriptorsResponse
    public static let fullName = "driveline.reflection.v1.GetDescriptorsResponse"
    public init(copying storage: UnsafePointer<Storage>) {
        self.fileDescriptorSet = [UInt8](UnsafeRawBufferPointer(start: storage.pointee.file_descriptor_set.data, count: storage.pointee.file_descriptor_set.len))
    }
    @inlinable public static func initialize(_ storage: UnsafeMutablePointer<Storage>) { driveline__reflection__v1__get_descriptors_response__init(storage) }
    @inlinable public static func unpack(_ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>) -> UnsafeMutablePointer<Storage>? {
        driveline__reflection__v1__get_descriptors_response__unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    @inlinable public static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    @inlinable public static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    public func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena) {
        storage.pointee.file_descriptor_set = arena.store(self.fileDescriptorSet)
    }
}
extension View where M == GetDescriptorsResponse {
}
extension Builder where M == GetDescriptorsResponse {
}
