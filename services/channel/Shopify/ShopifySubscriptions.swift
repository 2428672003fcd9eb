/// What has to be done so that a shop sends all topics to one address. Has no I/O.
struct ShopifySubscriptions: Hashable {
    /// A subscription of the app as the shop has it.
    struct Known: Hashable {
        let id: String
        /// As GraphQL has it: "ORDERS_CREATE".
        let topic: String
        let uri: String
    }

    /// One call.
    enum Step: Hashable {
        /// There is none for the topic.
        case make(topic: String)
        /// It is ours and at another address.
        case move(id: String)
        /// It is ours and at another address, and the topic has one at the right address.
        case end(id: String)
    }

    /// In their order: nothing is ended before all that is wanted is there.
    let steps: [Step]

    /// - Parameters:
    ///   - known: All that the shop has of the app.
    ///   - topics: That are wanted, as GraphQL has them.
    init(_ known: [Known], topics: [String], to address: String) {
        let name = Self.lastPart(of: address)
        var (wanted, ended) = ([Step](), [Step]())
        for topic in topics {
            let ours = known.filter { $0.topic == topic && ($0.uri == address || Self.lastPart(of: $0.uri) == name) }
            var moved = ours.filter { $0.uri != address }
            if moved.count == ours.count {
                wanted.append(moved.isEmpty ? .make(topic: topic) : .move(id: moved.removeFirst().id))
            }
            ended += moved.map { .end(id: $0.id) }
        }
        self.steps = wanted + ended
    }

    /// The last part of an address's path: random, and so no other connection's.
    private static func lastPart(of address: String) -> Substring {
        address.prefix { $0 != "?" && $0 != "#" }.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    }
}
