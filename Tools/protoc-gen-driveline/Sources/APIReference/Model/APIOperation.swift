/// One verb of one path.
public struct APIOperation: Sendable, Hashable {
    /// Whether a write is carried out only once, by a key of the caller's choice.
    public enum IdempotencyKey: Sendable, Hashable {
        /// There is no such key.
        case none
        /// The header, or a field of the body.
        case headerOrField(String)
        /// The header.
        case required
    }

    /// What the operation knows of the versions of objects.
    public enum Precondition: Sendable, Hashable {
        /// It refuses conditions.
        case none
        /// It reads: conditions decide about the answer.
        case read
        /// It streams: conditions are read, and mean nothing.
        case ignored
        /// It writes on a version, which must be said or may be.
        case write(isRequired: Bool)
    }

    /// What a body or an answer holds.
    public enum Content: Sendable, Hashable {
        /// JSON.
        case json(APIType)
        /// Server-sent events, each with JSON.
        case events(APIType)
        /// Bytes that are passed through, of some media types; `*/*` stands for any.
        case bytes([String], maximumBytes: Int? = nil)
        /// A page of the gateway's own, of a media type.
        case page(String)
    }

    /// How the caller proves who it is.
    public enum Authentication: Sendable, Hashable {
        /// An API key with a scope; empty: any key.
        case key(scope: String)
        /// Anyone may ask.
        case none
        /// The body is signed.
        case signature
    }

    /// The body of a request.
    public struct Body: Sendable, Hashable {
        /// What it holds.
        public var content: Content
        /// Whether a request without a body is refused.
        public var isRequired: Bool

        /// A body.
        public init(_ content: Content, isRequired: Bool) {
            self.content = content
            self.isRequired = isRequired
        }
    }

    /// How caches may keep answers.
    public struct CachePolicy: Sendable, Hashable {
        /// How long a client may use one without asking again, in seconds; 0: not at all.
        public var clientSeconds: Int
        /// How long a cache may that can be told to drop it, in seconds; 0: not at all.
        public var sharedSeconds: Int
        /// By what it is told, within the brand: `product/{sku}`.
        public var keys: [String]

        /// A policy.
        public init(clientSeconds: Int, sharedSeconds: Int, keys: [String]) {
            self.clientSeconds = clientSeconds
            self.sharedSeconds = sharedSeconds
            self.keys = keys
        }

        /// The `Cache-Control` of an answer.
        var cacheControl: String {
            self.clientSeconds > 0 ? "private, max-age=\(self.clientSeconds)" : "private, no-cache"
        }
    }

    /// Its name for programs, such as `inventory_getStock`.
    public var id: String
    /// Its name in words, such as `Get stock`.
    public var title: String
    /// What it does; the first sentence is its summary. Empty: nothing was said.
    public var text: String
    /// The service that it belongs to, by ``APIService/name``.
    public var service: String
    /// Such as `GET`.
    public var verb: String
    /// The path, with the names of parameters in JSON: `/v1/inventory/{sku}`.
    public var path: String
    /// The parameters of the path, in order.
    public var pathParameters: [APIField]
    /// The parameters of the query.
    public var queryParameters: [APIField]
    /// The body; `nil`: there must be none.
    public var body: Body?
    /// What an answer holds.
    public var answer: Content
    /// Who may ask.
    public var authentication: Authentication
    /// How repeats are recognised.
    public var idempotencyKey: IdempotencyKey
    /// What it knows of versions.
    public var precondition: Precondition
    /// Whether the answer's tag is the object's version.
    public var hasVersionTag: Bool
    /// Whether an answer says that it is the one to an earlier request.
    public var saysReplay: Bool
    /// Whether what makes something is answered with 201.
    public var saysCreated: Bool
    /// How caches may keep its answers; `nil`: nothing is said of it.
    public var cache: CachePolicy?
    /// Whether a stream may be gone on with by `Last-Event-ID`.
    public var isResumable: Bool
    /// Whether it only reads, and so counts as one of the reads of its key.
    public var isRead: Bool
    /// The date since which it is not to be used any more; empty: it may be.
    public var deprecatedOn: String
    /// The date on which it goes away; empty: none is set.
    public var sunsetOn: String
    /// The refusals of the service itself.
    public var refusals: [APIProblem]

    /// An operation that is known by its name and place, and has nothing else.
    public init(id: String, title: String, service: String, verb: String, path: String, answer: Content) {
        self.id = id
        self.title = title
        self.text = ""
        self.service = service
        self.verb = verb
        self.path = path
        self.pathParameters = []
        self.queryParameters = []
        self.body = nil
        self.answer = answer
        self.authentication = .key(scope: "")
        self.idempotencyKey = .none
        self.precondition = .none
        self.hasVersionTag = false
        self.saysReplay = false
        self.saysCreated = false
        self.cache = nil
        self.isResumable = false
        self.isRead = false
        self.deprecatedOn = ""
        self.sunsetOn = ""
        self.refusals = []
    }

    /// The first sentence of what it does, without its full stop; its title where nothing was said.
    public var summary: String { self.text.isEmpty ? self.title : self.text.firstSentence }

    /// What follows the first sentence.
    public var details: String { self.text.isEmpty ? "" : self.text.behindFirstSentence }
}

/// A kind of problem that a request may be answered with.
public struct APIProblem: Sendable, Hashable {
    /// The HTTP status.
    public var status: Int
    /// The type's name, such as `insufficient-stock`.
    public var type: String
    /// When it happens.
    public var text: String

    /// A kind of problem.
    public init(_ status: Int, _ type: String, _ text: String) {
        self.status = status
        self.type = type
        self.text = text
    }
}

/// A service: the operations that belong together.
public struct APIService: Sendable, Hashable {
    /// Its name, such as `Inventory`.
    public var name: String
    /// What it is; empty: nothing was said.
    public var text: String

    /// A service.
    public init(name: String, text: String) {
        self.name = name
        self.text = text
    }
}

/// All that a REST API offers.
public struct APIDescription: Sendable, Hashable {
    /// The services in the order of their files.
    public var services: [APIService] = []
    /// The operations in the order of the services.
    public var operations: [APIOperation] = []
    /// The objects by name.
    public var objects: [String: APIObject] = [:]
    /// The enumerations by name.
    public var enumerations: [String: APIEnumeration] = [:]

    /// Nothing.
    public init() {}
}

extension String {
    /// Where the first sentence ends: behind a full stop that a space follows.
    private var endOfFirstSentence: Index {
        var index = self.startIndex
        while let stop = self[index...].firstIndex(where: { $0 == "." || $0 == "\n" }) {
            let next = self.index(after: stop)
            if self[stop] == "\n" || next == self.endIndex || self[next].isWhitespace { return stop }
            index = next
        }
        return self.endIndex
    }

    /// The first sentence without its full stop.
    var firstSentence: String { String(self[..<self.endOfFirstSentence]) }

    /// What follows the first sentence.
    var behindFirstSentence: String {
        let rest = self[self.endOfFirstSentence...].drop { $0 == "." || $0.isWhitespace }
        return String(rest)
    }
}
