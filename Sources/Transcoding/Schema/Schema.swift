/// The messages, enums and services that can be transcoded: descriptors, compiled into tables once.
///
/// The descriptors are those that every generated messages target links (`EchoDescriptors.fileDescriptorSet`), or what a
/// server's reflection service answers. Files that several sets hold count once. Compiling takes in the order of a
/// millisecond; after that a schema does not change and may be shared by all threads.
public final class Schema: Sendable {
    let tables: Tables
    private let messageIndexes: [String: Int]
    /// The services in the order of their files.
    public let services: [Service]
    /// The HTTP statuses that stand on values of enums, by the values' names as types of problems:
    /// `REFUSAL_REASON_UNKNOWN_SKU` of `RefusalReason` is `unknown-sku`.
    public let problemStatuses: [String: Int]

    /// A service.
    public struct Service: Sendable {
        /// The full name, for example `driveline.echo.v1.EchoService`.
        public let name: String
        /// The methods in the order of the proto file.
        public let methods: [Method]
    }

    /// A method of a service.
    public struct Method: Sendable {
        /// The full name, for example `driveline.echo.v1.EchoService/Echo`.
        public let name: String
        /// What is sent.
        public let request: MessageType
        /// What is answered.
        public let response: MessageType
        /// Whether many requests are sent.
        public let isClientStreaming: Bool
        /// Whether many answers come.
        public let isServerStreaming: Bool
        /// Which of several processes a call goes to that offer the method; `nil`: one process offers it.
        public let sharing: Sharing?
        /// How long answers may be kept; `nil`: nothing is said of it.
        public let cache: CachePolicy?
        let bindings: [BindingDescription]
    }

    /// The `(driveline.sharing)` option of a method.
    public struct Sharing: Sendable, Hashable {
        /// The request field whose text begins with the process's name; empty: all of them are asked.
        public let owner: String
        /// The path of the text by which the lists of all are put together, the greatest first; empty where there is an
        /// owner.
        public let mergedBy: String
    }

    /// The `(driveline.cache)` option of a method.
    public struct CachePolicy: Sendable, Hashable {
        /// How long a client may use an answer without asking again, in seconds.
        public let maximumAgeSeconds: Int
        /// How long a cache that can be told to drop it may, in seconds.
        public let sharedAgeSeconds: Int
        /// By what caches are told to drop it: text with the names of request fields in braces.
        public let keys: [String]

        init(_ description: CacheDescription) {
            self.maximumAgeSeconds = description.maximumAgeSeconds
            self.sharedAgeSeconds = description.sharedAgeSeconds
            self.keys = description.keys
        }
    }

    /// Compiles serialised `google.protobuf.FileDescriptorSet`s.
    ///
    /// - Throws: ``SchemaError`` where the bytes are not descriptors, a type is missing among them, or two names
    ///   collide in JSON.
    public convenience init(_ fileDescriptorSets: [[UInt8]]) throws(SchemaError) {
        try self.init(fileDescriptorSets, ignoresRules: false)
    }

    /// - Parameter ignoresRules: Whether fields may contain whatever their type allows.
    init(_ fileDescriptorSets: [[UInt8]], ignoresRules: Bool) throws(SchemaError) {
        var files: [FileDescription] = []
        var seen: Set<String> = []
        for set in fileDescriptorSets {
            do throws(WireError) {
                for file in try DescriptorReader(set).files() where seen.insert(file.name).inserted {
                    files.append(file)
                }
            } catch {
                throw SchemaError(subject: "descriptors", reason: "\(error.reason), at byte \(error.offset)")
            }
        }
        let compiler = try SchemaCompiler(files, ignoresRules: ignoresRules)
        self.tables = compiler.tables
        self.messageIndexes = compiler.messageIndexes
        var services: [Service] = []
        for file in files {
            for service in file.services {
                services.append(try Self.service(service, file.package, compiler.messageIndexes))
            }
        }
        self.services = services
        self.problemStatuses = Self.problemStatuses(files)
    }

    private static func problemStatuses(_ files: [FileDescription]) -> [String: Int] {
        var statuses: [String: Int] = [:]
        for enumeration in files.flatMap(\.enums) {
            let prefix = Naming.enumPrefix(enumeration.name)
            for (name, status) in enumeration.httpStatuses {
                statuses[Naming.enumValue(name, prefix: prefix).replacing("_", with: "-")] = status
            }
        }
        return statuses
    }

    private static func service(
        _ service: ServiceDescription, _ package: String, _ messages: [String: Int]
    ) throws(SchemaError) -> Service {
        let name = package.isEmpty ? service.name : "\(package).\(service.name)"
        var methods: [Method] = []
        for method in service.methods {
            func type(_ name: String) throws(SchemaError) -> MessageType {
                guard let index = messages[name] else {
                    throw SchemaError(subject: method.name, reason: "its type \(name) is not among the descriptors")
                }
                return MessageType(index: index, fullName: name)
            }
            methods.append(
                Method(
                    name: "\(name)/\(method.name)", request: try type(method.requestType),
                    response: try type(method.responseType), isClientStreaming: method.isClientStreaming,
                    isServerStreaming: method.isServerStreaming,
                    sharing: method.sharing.map { Sharing(owner: $0.owner, mergedBy: $0.mergedBy) },
                    cache: method.cache.map(CachePolicy.init),
                    bindings: method.bindings))
        }
        return Service(name: name, methods: methods)
    }

    /// The message with a full name, for example `driveline.echo.v1.EchoRequest`.
    public func message(_ fullName: String) -> MessageType? {
        self.messageIndexes[fullName].map { MessageType(index: $0, fullName: fullName) }
    }

    /// The method with a full name, for example `driveline.echo.v1.EchoService/Echo`.
    public func method(_ fullName: String) -> Method? {
        for service in self.services {
            if let method = service.methods.first(where: { $0.name == fullName }) { return method }
        }
        return nil
    }

    /// The entry of a message, which must be one of this schema's.
    func entry(_ message: MessageType) -> MessageEntry {
        precondition(
            message.index < self.tables.messageNames.count
                && self.tables.messageNames[message.index] == message.fullName,
            "\(message.fullName) belongs to another schema")
        return self.tables.messages[message.index]
    }
}

/// A message of a ``Schema``.
public struct MessageType: Hashable, Sendable {
    let index: Int
    /// The full name, for example `driveline.echo.v1.EchoRequest`.
    public let fullName: String
}
