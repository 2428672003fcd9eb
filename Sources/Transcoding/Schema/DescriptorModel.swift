// What is read from a `google.protobuf.FileDescriptorSet`, as far as transcoding needs it.

/// A proto file.
struct FileDescription {
    var name = ""
    var package = ""
    var messages: [MessageDescription] = []
    var enums: [EnumDescription] = []
    var services: [ServiceDescription] = []
}

/// A message's declaration.
struct MessageDescription {
    var name = ""
    var fields: [FieldDescription] = []
    var messages: [MessageDescription] = []
    var enums: [EnumDescription] = []
    var oneofNames: [String] = []
    var isMapEntry = false
}

/// A field's declaration.
struct FieldDescription {
    var name = ""
    var jsonName = ""
    var number: UInt32 = 0
    var isRepeated = false
    /// The number of the type, as in `FieldDescriptorProto.Type`.
    var type: UInt64 = 0
    var typeName = ""
    var oneofIndex: Int?
    /// Whether `packed` was set, and to what.
    var packed: Bool?
    var rules: RulesDescription?
}

/// The `(driveline.field)` option.
struct RulesDescription {
    var isRequired = false
    var minimum: Int64?
    var maximum: Int64?
    var minimumBytes: Int?
    var maximumBytes: Int?
    var minimumItems: Int?
    var maximumItems: Int?
    var pattern = ""
    var isRows = false
}

/// An enum's declaration.
struct EnumDescription {
    var name = ""
    var values: [(name: String, number: Int32)] = []
    /// The `(driveline.http_status)` of values that have one, by their names.
    var httpStatuses: [String: Int] = [:]
}

/// A service's declaration.
struct ServiceDescription {
    var name = ""
    var methods: [MethodDescription] = []
}

/// A method's declaration.
struct MethodDescription {
    var name = ""
    var requestType = ""
    var responseType = ""
    var isClientStreaming = false
    var isServerStreaming = false
    var bindings: [BindingDescription] = []
    var sharing: SharingDescription?
    var cache: CacheDescription?
}

/// One `(driveline.http)` option.
struct BindingDescription {
    var verb = ""
    var path = ""
    var body = ""
    var query: [String] = []
    var raw: RawDescription?
    /// The number of the value, as in `Authentication`.
    var authentication: UInt64 = 0
    var responseBody = ""
    var created = ""
}

/// Which bodies of a binding are bytes.
struct RawDescription {
    var consumes: [String] = []
    var maximumBytes = 0
    var headers: [String] = []
    var answer = ""
    var produces = ""
}

/// The `(driveline.sharing)` option.
struct SharingDescription {
    var owner = ""
    var mergedBy = ""
}

/// The `(driveline.cache)` option.
struct CacheDescription {
    var maximumAgeSeconds = 0
    var sharedAgeSeconds = 0
    var keys: [String] = []
}
