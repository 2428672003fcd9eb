internal import InventoryDomain
internal import InventoryMessages

/// Why a feed's file could not be taken. For people to read: it holds no secret and nothing of a file but names.
struct FeedFault: Error, Hashable, Sendable {
    /// The longest message, in characters; the rest is cut off.
    static let maximumMessageLength = 1_000

    /// For programs.
    let code: String
    /// What is wrong, and what would be right.
    let message: String
    /// Whether another try may help without anybody's doing anything.
    let isRetryable: Bool

    init(_ code: String, _ message: String, isRetryable: Bool = false) {
        self.code = code
        self.message = String(message.prefix(Self.maximumMessageLength))
        self.isRetryable = isRetryable
    }

    /// As messages have it.
    var problem: FeedProblem { FeedProblem(code: self.code, message: self.message) }
}

extension FeedFault {
    /// More would fall than may.
    init(_ excess: FallGuard.Excess) {
        let (what, before, after, percent) =
            switch excess {
            case .skus(let before, let after, let percent): ("SKUs with stock", before, after, percent)
            case .units(let before, let after, let percent): ("units", before, after, percent)
            }
        self.init(
            "fall-too-large",
            """
            of \(before) \(what) this file would leave \(after), and at most \(percent) % may fall away; if that is right, \
            run the feed once with acceptFall, or raise its fall limits
            """)
    }
}
