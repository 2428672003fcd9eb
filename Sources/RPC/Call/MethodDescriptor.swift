/// What is known of a method from its proto file.
public struct MethodDescriptor: Sendable, Hashable {
    /// Who sends how many messages.
    public enum Kind: Sendable, Hashable {
        case unary, serverStreaming, clientStreaming, bidirectional
    }

    /// How the server runs the handler.
    public enum Form: Sendable, Hashable {
        /// As a task that starts on the event loop at once.
        case asynchronous
        /// As a plain function on the event loop, over borrowed views.
        case inline
        /// Together with all calls of the method that came in the same read.
        case batch
        /// As a task on the global pool, because it needs much processor time.
        case offloaded
    }

    /// Whether a call may be repeated.
    public enum Idempotency: Sendable, Hashable {
        /// A repeat may have a second effect.
        case none
        /// A repeat has no further effect by nature.
        case natural
        /// The request carries a key by which a repeat is recognised.
        case keyRequired
    }

    /// The full name, for example `driveline.echo.v1.EchoService/Echo`.
    public var name: String
    /// What stands for the method in REQUEST frames; `methodID(name)`.
    public var id: UInt32
    /// Who sends how many messages.
    public var kind: Kind
    /// How the server runs the handler.
    public var form: Form
    /// The full name of the request message.
    public var requestType: String
    /// The full name of the response message.
    public var responseType: String
    /// The scope that the caller must hold; empty: none.
    public var scope: String
    /// Whether callers who did not authenticate are served.
    public var isAnonymous: Bool
    /// Whether a call may be repeated.
    public var idempotency: Idempotency
    /// The response field behind ETag and If-Match; empty: none.
    public var versionField: String
    /// The deadline of calls whose caller set none, in milliseconds; 0: the server's default.
    public var timeoutMilliseconds: UInt32
    /// The calls that a server runs at once; 0: no limit of its own.
    public var concurrencyLimit: UInt32
    /// The RFC 3339 date since which the method is deprecated; empty: it is not.
    public var deprecatedOn: String
    /// The RFC 3339 date on which the method goes away; empty: none is set.
    public var sunsetOn: String
    /// The REST bindings.
    public var bindings: [HTTPBinding]

    /// Describes a method.
    public init(
        name: String,
        id: UInt32,
        kind: Kind,
        form: Form = .asynchronous,
        requestType: String,
        responseType: String,
        scope: String = "",
        isAnonymous: Bool = false,
        idempotency: Idempotency = .none,
        versionField: String = "",
        timeoutMilliseconds: UInt32 = 0,
        concurrencyLimit: UInt32 = 0,
        deprecatedOn: String = "",
        sunsetOn: String = "",
        bindings: [HTTPBinding] = []
    ) {
        self.name = name
        self.id = id
        self.kind = kind
        self.form = form
        self.requestType = requestType
        self.responseType = responseType
        self.scope = scope
        self.isAnonymous = isAnonymous
        self.idempotency = idempotency
        self.versionField = versionField
        self.timeoutMilliseconds = timeoutMilliseconds
        self.concurrencyLimit = concurrencyLimit
        self.deprecatedOn = deprecatedOn
        self.sunsetOn = sunsetOn
        self.bindings = bindings
    }
}

/// One REST binding of a method.
public struct HTTPBinding: Sendable, Hashable {
    /// The HTTP method.
    public enum Verb: String, Sendable, Hashable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    /// How the caller proves who it is.
    public enum Authentication: Sendable, Hashable {
        case key, none, signature
    }

    /// The HTTP method.
    public var verb: Verb
    /// The path template, for example `/v1/inventory/{sku}`.
    public var path: String
    /// The request field that the body fills; `*` is the whole message, empty means no body.
    public var body: String
    /// The request fields that query parameters may fill; `*` is every field that path and body leave.
    public var query: [String]
    /// Whether headers and bytes are passed through unparsed.
    public var isRaw: Bool
    /// How the caller proves who it is.
    public var authentication: Authentication

    /// Describes a binding.
    public init(
        verb: Verb,
        path: String,
        body: String = "",
        query: [String] = [],
        isRaw: Bool = false,
        authentication: Authentication = .key
    ) {
        self.verb = verb
        self.path = path
        self.body = body
        self.query = query
        self.isRaw = isRaw
        self.authentication = authentication
    }
}

/// What is known of a service from its proto file.
public struct ServiceDescriptor: Sendable {
    /// The full name, for example `driveline.echo.v1.EchoService`.
    public var name: String
    /// The methods in the order of the proto file.
    public var methods: [MethodDescriptor]
    /// A serialized `google.protobuf.FileDescriptorSet` of the service's package with all that it imports.
    public var fileDescriptorSet: [UInt8]

    /// Describes a service.
    public init(name: String, methods: [MethodDescriptor], fileDescriptorSet: [UInt8]) {
        self.name = name
        self.methods = methods
        self.fileDescriptorSet = fileDescriptorSet
    }
}

/// A service that a server can offer. Conformances come from generated protocols such as `EchoService`.
public protocol RPCService: Sendable {
    /// What the proto file says.
    var serviceDescriptor: ServiceDescriptor { get }
    /// Adds the service's methods to a server.
    func register(in registry: inout MethodRegistry)
}
