/// What is known of a platform's order beside the order itself. Decides, when a message of it was worked on, what follows:
/// whatever order messages come in, and however many work on them at once.
public struct PlatformOrderRecord: Hashable, Sendable {
    /// Our order's id; nil: it was not taken in.
    public private(set) var orderKey: String?
    /// Whether the platform has cancelled it.
    public private(set) var isCancelled: Bool

    /// A record with both of its parts.
    public init(orderKey: String? = nil, isCancelled: Bool = false) {
        self.orderKey = orderKey
        self.isCancelled = isCancelled
    }

    /// What working on a message has come to.
    public enum Finding: Hashable, Sendable {
        /// The order is ours now, or was before, by our id.
        case taken(String)
        /// The platform has cancelled it, and we have none.
        case cancelledUnseen
        /// The platform has cancelled it, and so have we, by our id.
        case cancelled(String)
    }

    /// What follows.
    public struct Conclusion: Hashable, Sendable {
        /// The units of the order are to be taken off the shelf: it is taken in for the first time.
        public var isNew: Bool
        /// The message has to be worked on again, as somebody else found the opposite meanwhile.
        public var isOpen: Bool
    }

    /// Notes a finding.
    public mutating func note(_ finding: Finding) -> Conclusion {
        switch finding {
        case .taken(let key):
            let isNew = self.orderKey == nil
            self.orderKey = self.orderKey ?? key
            // Cancelled while it was placed: it has to be cancelled here too.
            return Conclusion(isNew: isNew, isOpen: self.isCancelled)
        case .cancelledUnseen:
            self.isCancelled = true
            // Placed while it was cancelled.
            return Conclusion(isNew: false, isOpen: self.orderKey != nil)
        case .cancelled(let key):
            let isNew = self.orderKey == nil
            self.orderKey = self.orderKey ?? key
            self.isCancelled = true
            return Conclusion(isNew: isNew, isOpen: false)
        }
    }
}
