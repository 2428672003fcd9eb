internal import DequeModule
internal import NIOCore

/// The batches of one connection that wait for their replies, in the order in which they were sent.
///
/// Redis' protocol has no numbers: the n-th reply belongs to the n-th command. So a batch leaves this queue only when
/// all its replies are there, or when the connection ends; that somebody does not wait any more changes nothing here.
struct PendingReplies<Entry> {
    private struct Batch {
        var entry: Entry
        /// The replies that are still to come.
        var missing: Int
        var byteCount: Int
        var deadline: NIODeadline
    }

    /// What a reply means.
    enum OnReply {
        /// More replies belong to the same batch.
        case incomplete
        /// All replies of the batch are there.
        case complete(Entry)
        /// Nobody has asked for it.
        case unexpected
    }

    private var batches: Deque<Batch> = []
    /// The commands without a reply.
    private(set) var commandCount = 0
    /// The bytes of batches without all replies.
    private(set) var byteCount = 0

    /// When the oldest batch must have been answered. All have the same time, so none behind it is due earlier.
    var deadline: NIODeadline? { self.batches.first?.deadline }

    /// - Precondition: At least one command.
    mutating func append(_ entry: Entry, commandCount: Int, byteCount: Int, deadline: NIODeadline) {
        assert(commandCount > 0, "a batch without commands has no reply to wait for")
        self.batches.append(Batch(entry: entry, missing: commandCount, byteCount: byteCount, deadline: deadline))
        self.commandCount &+= commandCount
        self.byteCount &+= byteCount
    }

    /// A whole reply arrived.
    mutating func replied() -> OnReply {
        guard !self.batches.isEmpty else { return .unexpected }
        self.commandCount &-= 1
        self.batches[0].missing &-= 1
        guard self.batches[0].missing == 0 else { return .incomplete }
        let batch = self.batches.removeFirst()
        self.byteCount &-= batch.byteCount
        return .complete(batch.entry)
    }

    /// Takes all out; no reply will come.
    mutating func removeAll() -> [Entry] {
        let entries = self.batches.map(\.entry)
        self.batches.removeAll()
        self.commandCount = 0
        self.byteCount = 0
        return entries
    }
}
