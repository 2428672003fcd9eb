internal import GatewayDomain
internal import NIOCore
internal import RPC
internal import Transcoding

/// The processes that an endpoint's calls can go to: one, or several that offer the same method, each for what it owns.
struct EndpointServers: Sendable {
    /// How a call finds its process.
    enum Choice: Sendable {
        /// There is one.
        case only
        /// By the text of a field, which begins with the process's name.
        case owner(WireField)
        /// All are asked, and their lists put together.
        case all(ListMerge)
    }

    private let clients: [String: RPCClient]
    private let first: RPCClient
    let choice: Choice

    /// - Throws: ``EndpointError`` where the proto file does not say how to choose among several processes.
    init(
        _ servers: [(owner: String, client: RPCClient)], _ method: Schema.Method, _ schema: Schema
    ) throws(EndpointError) {
        guard let first = servers.first else {
            throw EndpointError(subject: method.name, reason: "is bound, but no service given has it")
        }
        self.first = first.client
        guard let sharing = method.sharing else {
            guard servers.count == 1 else {
                throw EndpointError(subject: method.name, reason: "is offered twice, and is not (driveline.sharing)")
            }
            (self.clients, self.choice) = ([:], .only)
            return
        }
        let clients = Dictionary(servers.map { ($0.owner, $0.client) }) { first, _ in first }
        guard clients.count == servers.count, clients[""] == nil else {
            throw EndpointError(
                subject: method.name, reason: "is shared by services that have no name, or the same one")
        }
        self.clients = clients
        if sharing.owner.isEmpty {
            self.choice = .all(try ListMerge(sharing.mergedBy, method, schema))
        } else if let field = schema.field(sharing.owner, .text, of: method.request) {
            self.choice = .owner(field)
        } else {
            throw EndpointError(subject: method.name, reason: "its request has no text \(sharing.owner)")
        }
    }

    /// The process that a call goes to. What names none goes to the first, which knows of no such thing: so what never
    /// was is answered like what is not there.
    func client(for message: ByteBuffer) -> RPCClient {
        guard case .owner(let field) = self.choice, let text = field.text(in: message.readableBytesSpan),
            let name = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).first
        else { return self.first }
        return self.clients[String(name)] ?? self.first
    }

    /// All processes; at least one.
    var all: [RPCClient] { self.clients.isEmpty ? [self.first] : Array(self.clients.values) }
}
