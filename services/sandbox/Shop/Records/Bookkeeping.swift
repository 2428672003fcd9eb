/// Who is told what happens.
public struct WebhookSubscription: Codable, Sendable, Hashable {
    /// Its number.
    public var id: Int64
    /// Of what, such as `orders/create`.
    public var topic: String
    /// Where to.
    public var uri: String
    /// The members of bodies that are sent; empty for all.
    public var includeFields: [String]
    /// What bodies must be like, as the platform writes it; kept, not obeyed.
    public var filter: String?
    /// When it was made.
    public var createdAt: Moment
    /// When it was last changed.
    public var updatedAt: Moment

    /// A subscription.
    public init(
        id: Int64, topic: String, uri: String, includeFields: [String], filter: String?, at moment: Moment
    ) {
        self.id = id
        self.topic = topic
        self.uri = uri
        self.includeFields = includeFields
        self.filter = filter
        self.createdAt = moment
        self.updatedAt = moment
    }
}

/// A notification that is still to be delivered.
public struct Delivery: Codable, Sendable, Hashable {
    /// Its number.
    public var id: Int64
    /// The subscription.
    public var subscriptionID: Int64
    /// The name of the event, the same in all its deliveries.
    public var eventID: String
    /// The name of this delivery, the same in all attempts.
    public var webhookID: String
    /// Of what.
    public var topic: String
    /// Where to.
    public var uri: String
    /// The body, as it is signed and sent.
    public var body: String
    /// When what it tells happened.
    public var triggeredAt: Moment
    /// The attempts that failed.
    public var attempts = 0
    /// When the next attempt is due.
    public var dueAt: Moment

    /// A delivery.
    public init(
        id: Int64, subscriptionID: Int64, eventID: String, webhookID: String, topic: String, uri: String, body: String,
        triggeredAt: Moment, dueAt: Moment
    ) {
        self.id = id
        self.subscriptionID = subscriptionID
        self.eventID = eventID
        self.webhookID = webhookID
        self.topic = topic
        self.uri = uri
        self.body = body
        self.triggeredAt = triggeredAt
        self.dueAt = dueAt
    }
}

/// What a key of a caller's was used for.
public struct KeyUse: Codable, Sendable, Hashable {
    /// The key.
    public var key: String
    /// A digest of the operation and its input.
    public var input: String
    /// What was answered, as JSON; `nil` where the attempt failed.
    public var answer: String?
    /// When it was used.
    public var usedAt: Moment

    /// A use.
    public init(key: String, input: String, answer: String?, usedAt: Moment) {
        self.key = key
        self.input = input
        self.answer = answer
        self.usedAt = usedAt
    }
}

/// Work that goes on behind an answer.
public struct Operation: Codable, Sendable, Hashable {
    /// What is done.
    public enum Kind: String, Codable, Sendable, Hashable {
        /// A mutation for each line of a file.
        case bulkMutation
        /// A product that is set.
        case productSet
        /// What a seller submitted for a listing.
        case submission
        /// A file of things to do.
        case feed
    }

    /// Its number.
    public var id: Int64
    /// What it does.
    public var kind: Kind
    /// `CREATED`, `RUNNING`, `COMPLETED`, `FAILED`, `CANCELED`; of a product `ACTIVE` and `COMPLETE`.
    public var status: String
    /// The document, or the input of a product as JSON.
    public var input: String
    /// The file of a mutation's lines.
    public var inputFile: String?
    /// The file of the results.
    public var resultFile: String?
    /// The lines or objects that are done.
    public var objectCount = 0
    /// The bytes of the results.
    public var fileSize: Int?
    /// The errors of a product, as JSON.
    public var errors: String?
    /// The product, once it is set.
    public var productID: Int64?
    /// When it was made.
    public var createdAt: Moment
    /// When it came to its end.
    public var completedAt: Moment?

    /// An operation that has not begun.
    public init(id: Int64, kind: Kind, status: String, input: String, inputFile: String?, at moment: Moment) {
        self.id = id
        self.kind = kind
        self.status = status
        self.input = input
        self.inputFile = inputFile
        self.createdAt = moment
    }
}
