internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Crypto
internal import Postgres

/// Why a message was not dealt with.
struct InboundProblem: Error, Hashable, Sendable {
    /// The type of the problem, in lower case with hyphens: "unknown-sku".
    var type: String
    /// For people; no secret and no body in it.
    var detail: String

    init(_ type: String, _ detail: String) {
        self.type = type.kept(bytes: InboundLimits.idBytes)
        self.detail = detail.kept(bytes: InboundLimits.detailBytes)
    }
}

/// What is kept of a notification beside its body, so that it can be verified again.
struct NotificationHead: Hashable, Sendable {
    /// The path and query that it was sent to.
    var target: String = ""
    /// In their order.
    var headers: [PlatformHeader] = []

    /// Headers that say who may do something here, or where a call came from: nothing that a platform signs.
    private static let dropped: Set<String> = [
        "authorization", "proxy-authorization", "cookie", "forwarded", "x-forwarded-for", "x-real-ip",
    ]

    init(target: String = "", headers: [PlatformHeader] = []) {
        self.target = target.kept(bytes: InboundLimits.idBytes * 8)
        var bytes = 0
        for header in headers where !Self.dropped.contains(header.name.lowercased()) {
            bytes += header.name.utf8.count + header.value.utf8.count
            guard self.headers.count < InboundLimits.headers, bytes <= InboundLimits.headerBytes else { break }
            self.headers.append(
                PlatformHeader(
                    header.name.kept(bytes: InboundLimits.headerBytes),
                    header.value.kept(bytes: InboundLimits.headerBytes)))
        }
    }
}

/// Where a message came from.
enum InboundSource: String, Hashable, Sendable {
    case webhook
    case poll
}

/// A message to be kept.
struct NewInbound: Sendable {
    var key: ConnectionKey
    var kind: InboundKind
    var topic: String
    var subject: String
    /// By which a repeat is recognised.
    var eventID: String
    /// In microseconds since 1970; nil: not said.
    var happenedAt: Int64?
    var head = NotificationHead()
    var body: [UInt8]
    /// Why it is a dead letter from the start; nil: it is to be dealt with.
    var problem: InboundProblem?

    /// A notification that was understood.
    init(_ content: NotificationContent, _ head: NotificationHead, body: [UInt8], of key: ConnectionKey) {
        self.init(
            key, kind: content.kind, topic: content.topic,
            subject: content.subject, eventID: content.eventID, happenedAt: content.happenedAt, head: head, body: body)
    }

    /// A notification that is signed rightly and is not what the platform promises. Its repeats have the same body.
    init(notUnderstood detail: String, _ head: NotificationHead, body: [UInt8], of key: ConnectionKey) {
        self.init(
            key, kind: .unspecified, topic: "", subject: "",
            eventID: "body-" + Self.digest(body), head: head, body: body,
            problem: InboundProblem("not-understood", detail))
    }

    /// An order that was asked for, as it stood after its last change. Platforms say the second of a change, and there may
    /// be another one in it: an order is the same one only with the same body.
    init(_ order: PlatformOrder, of key: ConnectionKey) {
        self.init(
            key, kind: .order, topic: "poll", subject: order.id,
            eventID: "\(order.id)@\(order.changedAt) \(Self.digest(order.body))", happenedAt: order.changedAt,
            body: order.body)
    }

    private init(
        _ key: ConnectionKey, kind: InboundKind, topic: String, subject: String, eventID: String,
        happenedAt: Int64? = nil, head: NotificationHead = NotificationHead(), body: [UInt8],
        problem: InboundProblem? = nil
    ) {
        self.key = key
        self.kind = kind
        self.topic = topic.kept(bytes: InboundLimits.idBytes)
        self.subject = subject.kept(bytes: InboundLimits.idBytes)
        // An id that is longer than columns take still tells repeats apart.
        self.eventID =
            eventID.utf8.count <= 2 * InboundLimits.idBytes && !eventID.contains("\0")
            ? eventID : Self.digest(Array(eventID.utf8))
        self.happenedAt = happenedAt.flatMap { Self.moments.contains($0) ? $0 : nil }
        self.head = head
        self.body = body
        self.problem = problem
        if subject.utf8.count > InboundLimits.idBytes, problem == nil {
            self.problem = InboundProblem(
                "not-understood", "the id of what it is about has more than \(InboundLimits.idBytes) bytes")
        }
    }

    /// What a platform may say of when something happened, in microseconds since 1970: until the year 9999.
    private static let moments: ClosedRange<Int64> = 0...253_402_300_799_000_000

    private static func digest(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }
}
