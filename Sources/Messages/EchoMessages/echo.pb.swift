public import CEchoMessages
public import ProtobufC
public struct EchoRequest: Message {
    public var text: String
    public var waitMicroseconds: UInt32
    public init(text: String = "", waitMicroseconds: UInt32 = 0) {
        self.text = text
        self.waitMicroseconds = waitMicroseconds
    }
    public init() { self.init(text: "") }
    public typealias Storage = Driveline__Echo__V1__EchoRequest
    public static let fullName = "driveline.echo.v1.EchoRequest"
    public init(copying storage: UnsafePointer<Storage>) {
        self.text = String(copying: storage.pointee.text)
        self.waitMicroseconds = storage.pointee.wait_microseconds
    }
    @inlinable public static func initialize(_ storage: UnsafeMutablePointer<Storage>) { driveline__echo__v1__echo_request__init(storage) }
    @inlinable public static func unpack(_ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>) -> UnsafeMutablePointer<Storage>? {
        driveline__echo__v1__echo_request__unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    @inlinable public static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
        if !isText(storage.pointee.text) { violations.appendInvalidText("text") }
    }
    @inlinable public static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    public func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena) {
        storage.pointee.text = arena.store(self.text)
        storage.pointee.wait_microseconds = self.waitMicroseconds
    }
}
extension View where M == EchoRequest {
    @inlinable public var text: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.text), copying: self) }
    }
    @inlinable public var waitMicroseconds: UInt32 { self.storage.pointee.wait_microseconds }
}
extension Builder where M == EchoRequest {
    @inlinable public mutating func setText(_ text: borrowing TextView) { self.storage.pointee.text = self.arena.store(text) }
    @inlinable public mutating func setText(_ text: String) { self.storage.pointee.text = self.arena.store(text) }
    @inlinable public var waitMicroseconds: UInt32 {
        get { self.storage.pointee.wait_microseconds }
        set { self.storage.pointee.wait_microseconds = newValue }
    }
}
public struct EchoResponse: Message {
    public var text: String
    public init(text: String = "") {
        self.text = text
    }
    public init() { self.init(text: "") }
    public typealias Storage = Driveline__Echo__V1__EchoResponse
    public static let fullName = "driveline.echo.v1.EchoResponse"
    public init(copying storage: UnsafePointer<Storage>) {
        self.text = String(copying: storage.pointee.text)
    }
    @inlinable public static func initialize(_ storage: UnsafeMutablePointer<Storage>) { driveline__echo__v1__echo_response__init(storage) }
    @inlinable public static func unpack(_ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>) -> UnsafeMutablePointer<Storage>? {
        driveline__echo__v1__echo_response__unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    @inlinable public static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
        if !isText(storage.pointee.text) { violations.appendInvalidText("text") }
    }
    @inlinable public static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    public func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena) {
        storage.pointee.text = arena.store(self.text)
    }
}
extension View where M == EchoResponse {
    @inlinable public var text: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.text), copying: self) }
    }
}
extension Builder where M == EchoResponse {
    @inlinable public mutating func setText(_ text: borrowing TextView) { self.storage.pointee.text = self.arena.store(text) }
    @inlinable public mutating func setText(_ text: String) { self.storage.pointee.text = self.arena.store(text) }
}
public struct ExpandRequest: Message {
    public var text: String
    public var count: UInt32
    public init(text: String = "", count: UInt32 = 0) {
        self.text = text
        self.count = count
    }
    public init() { self.init(text: "") }
    public typealias Storage = Driveline__Echo__V1__ExpandRequest
    public static let fullName = "driveline.echo.v1.ExpandRequest"
    public init(copying storage: UnsafePointer<Storage>) {
        self.text = String(copying: storage.pointee.text)
        self.count = storage.pointee.count
    }
    @inlinable public static func initialize(_ storage: UnsafeMutablePointer<Storage>) { driveline__echo__v1__expand_request__init(storage) }
    @inlinable public static func unpack(_ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>) -> UnsafeMutablePointer<Storage>? {
        driveline__echo__v1__expand_request__unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    @inlinable public static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
        if !isText(storage.pointee.text) { violations.appendInvalidText("text") }
    }
    @inlinable public static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    public func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena) {
        storage.pointee.text = arena.store(self.text)
        storage.pointee.count = self.count
    }
}
extension View where M == ExpandRequest {
    @inlinable public var text: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.text), copying: self) }
    }
    @inlinable public var count: UInt32 { self.storage.pointee.count }
}
extension Builder where M == ExpandRequest {
    @inlinable public mutating func setText(_ text: borrowing TextView) { self.storage.pointee.text = self.arena.store(text) }
    @inlinable public mutating func setText(_ text: String) { self.storage.pointee.text = self.arena.store(text) }
    @inlinable public var count: UInt32 {
        get { self.storage.pointee.count }
        set { self.storage.pointee.count = newValue }
    }
}
public struct CollectResponse: Message {
    public var count: UInt64
    public var text: String
    public init(count: UInt64 = 0, text: String = "") {
        self.count = count
        self.text = text
    }
    public init() { self.init(count: 0) }
    public typealias Storage = Driveline__Echo__V1__CollectResponse
    public static let fullName = "driveline.echo.v1.CollectResponse"
    public init(copying storage: UnsafePointer<Storage>) {
        self.count = storage.pointee.count
        self.text = String(copying: storage.pointee.text)
    }
    @inlinable public static func initialize(_ storage: UnsafeMutablePointer<Storage>) { driveline__echo__v1__collect_response__init(storage) }
    @inlinable public static func unpack(_ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>) -> UnsafeMutablePointer<Storage>? {
        driveline__echo__v1__collect_response__unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    @inlinable public static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
        if !isText(storage.pointee.text) { violations.appendInvalidText("text") }
    }
    @inlinable public static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    public func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena) {
        storage.pointee.count = self.count
        storage.pointee.text = arena.store(self.text)
    }
}
extension View where M == CollectResponse {
    @inlinable public var count: UInt64 { self.storage.pointee.count }
    @inlinable public var text: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.text), copying: self) }
    }
}
extension Builder where M == CollectResponse {
    @inlinable public var count: UInt64 {
        get { self.storage.pointee.count }
        set { self.storage.pointee.count = newValue }
    }
    @inlinable public mutating func setText(_ text: borrowing TextView) { self.storage.pointee.text = self.arena.store(text) }
    @inlinable public mutating func setText(_ text: String) { self.storage.pointee.text = self.arena.store(text) }
}
public struct LookupRequest: Message {
    public var sku: String
    public var waitMicroseconds: UInt32
    public init(sku: String = "", waitMicroseconds: UInt32 = 0) {
        self.sku = sku
        self.waitMicroseconds = waitMicroseconds
    }
    public init() { self.init(sku: "") }
    public typealias Storage = Driveline__Echo__V1__LookupRequest
    public static let fullName = "driveline.echo.v1.LookupRequest"
    public init(copying storage: UnsafePointer<Storage>) {
        self.sku = String(copying: storage.pointee.sku)
        self.waitMicroseconds = storage.pointee.wait_microseconds
    }
    @inlinable public static func initialize(_ storage: UnsafeMutablePointer<Storage>) { driveline__echo__v1__lookup_request__init(storage) }
    @inlinable public static func unpack(_ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>) -> UnsafeMutablePointer<Storage>? {
        driveline__echo__v1__lookup_request__unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    @inlinable public static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
        if !isText(storage.pointee.sku) { violations.appendInvalidText("sku") }
    }
    @inlinable public static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
        if storage.pointee.sku.len == 0 { violations.appendMissing("sku") }
        if storage.pointee.sku.len > 64 { violations.appendTooLong("sku", byteCount: storage.pointee.sku.len, maximum: 64) }
        if storage.pointee.wait_microseconds > 60_000_000 { violations.appendAboveMaximum("waitMicroseconds", value: storage.pointee.wait_microseconds, maximum: 60_000_000) }
    }
    public func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena) {
        storage.pointee.sku = arena.store(self.sku)
        storage.pointee.wait_microseconds = self.waitMicroseconds
    }
}
extension View where M == LookupRequest {
    @inlinable public var sku: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.sku), copying: self) }
    }
    @inlinable public var waitMicroseconds: UInt32 { self.storage.pointee.wait_microseconds }
}
extension Builder where M == LookupRequest {
    @inlinable public mutating func setSku(_ text: borrowing TextView) { self.storage.pointee.sku = self.arena.store(text) }
    @inlinable public mutating func setSku(_ text: String) { self.storage.pointee.sku = self.arena.store(text) }
    @inlinable public var waitMicroseconds: UInt32 {
        get { self.storage.pointee.wait_microseconds }
        set { self.storage.pointee.wait_microseconds = newValue }
    }
}
public struct LookupResponse: Message {
    public var sku: String
    public var version: UInt64
    public var levels: [Level]
    public init(sku: String = "", version: UInt64 = 0, levels: [Level] = []) {
        self.sku = sku
        self.version = version
        self.levels = levels
    }
    public init() { self.init(sku: "") }
    public typealias Storage = Driveline__Echo__V1__LookupResponse
    public static let fullName = "driveline.echo.v1.LookupResponse"
    public init(copying storage: UnsafePointer<Storage>) {
        self.sku = String(copying: storage.pointee.sku)
        self.version = storage.pointee.version
        self.levels = [Level](copying: storage.pointee.levels, count: storage.pointee.n_levels)
    }
    @inlinable public static func initialize(_ storage: UnsafeMutablePointer<Storage>) { driveline__echo__v1__lookup_response__init(storage) }
    @inlinable public static func unpack(_ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>) -> UnsafeMutablePointer<Storage>? {
        driveline__echo__v1__lookup_response__unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    @inlinable public static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
        if !isText(storage.pointee.sku) { violations.appendInvalidText("sku") }
        violations.checkEach(storage.pointee.levels, storage.pointee.n_levels, Level.self, "levels", Level.checkText)
    }
    @inlinable public static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    public func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena) {
        storage.pointee.sku = arena.store(self.sku)
        storage.pointee.version = self.version
        (storage.pointee.levels, storage.pointee.n_levels) = arena.store(self.levels)
    }
}
extension View where M == LookupResponse {
    @inlinable public var sku: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.sku), copying: self) }
    }
    @inlinable public var version: UInt64 { self.storage.pointee.version }
}
extension Builder where M == LookupResponse {
    @inlinable public mutating func setSku(_ text: borrowing TextView) { self.storage.pointee.sku = self.arena.store(text) }
    @inlinable public mutating func setSku(_ text: String) { self.storage.pointee.sku = self.arena.store(text) }
    @inlinable public var version: UInt64 {
        get { self.storage.pointee.version }
        set { self.storage.pointee.version = newValue }
    }
    @inlinable public mutating func setLevels(count: Int, _ write: (_ index: Int, _ element: inout Builder<Level>) -> Void) {
        storage.pointee.levels = arena.makeMessages(Level.self, count: count)
        storage.pointee.n_levels = storage.pointee.levels == nil ? 0 : count
        arena.build(storage.pointee.levels, storage.pointee.n_levels, write)
    }
}
public struct Level: Message {
    public var locationID: String
    public var onHand: Int64
    public var reserved: Int64
    public init(locationID: String = "", onHand: Int64 = 0, reserved: Int64 = 0) {
        self.locationID = locationID
        self.onHand = onHand
        self.reserved = reserved
    }
    public init() { self.init(locationID: "") }
    public typealias Storage = Driveline__Echo__V1__Level
    public static let fullName = "driveline.echo.v1.Level"
    public init(copying storage: UnsafePointer<Storage>) {
        self.locationID = String(copying: storage.pointee.location_id)
        self.onHand = storage.pointee.on_hand
        self.reserved = storage.pointee.reserved
    }
    @inlinable public static func initialize(_ storage: UnsafeMutablePointer<Storage>) { driveline__echo__v1__level__init(storage) }
    @inlinable public static func unpack(_ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>) -> UnsafeMutablePointer<Storage>? {
        driveline__echo__v1__level__unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    @inlinable public static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
        if !isText(storage.pointee.location_id) { violations.appendInvalidText("locationId") }
    }
    @inlinable public static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {
    }
    public func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena) {
        storage.pointee.location_id = arena.store(self.locationID)
        storage.pointee.on_hand = self.onHand
        storage.pointee.reserved = self.reserved
    }
}
extension View where M == Level {
    @inlinable public var locationID: TextView {
        @_lifetime(copy self)
        get { _overrideLifetime(TextView(unchecked: self.storage.pointee.location_id), copying: self) }
    }
    @inlinable public var onHand: Int64 { self.storage.pointee.on_hand }
    @inlinable public var reserved: Int64 { self.storage.pointee.reserved }
}
extension Builder where M == Level {
    @inlinable public mutating func setLocationID(_ text: borrowing TextView) { self.storage.pointee.location_id = self.arena.store(text) }
    @inlinable public mutating func setLocationID(_ text: String) { self.storage.pointee.location_id = self.arena.store(text) }
    @inlinable public var onHand: Int64 {
        get { self.storage.pointee.on_hand }
        set { self.storage.pointee.on_hand = newValue }
    }
    @inlinable public var reserved: Int64 {
        get { self.storage.pointee.reserved }
        set { self.storage.pointee.reserved = newValue }
    }
}
