internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages

/// What an answer makes of a task.
struct OrderTaskOutcome: Hashable, Sendable {
    /// How the task stands then.
    let status: OrderTaskStatus
    /// Whether the try counts.
    let counts: Bool
    /// Whether it may have been carried out all the same, by this try or one before: only a platform's answer that it is
    /// done ends that. A try that did not even ask whether it is says nothing of those before.
    let mayBeDone: Bool
    /// How long until it is tried again, in milliseconds.
    let pauseMilliseconds: Int64
    /// The platform's code; empty: it is done.
    let code: String
    /// What it said.
    let text: String

    /// - Parameters:
    ///   - tries: How often it was tried, with this try.
    ///   - mightBeDone: Whether a try before may have carried it out.
    ///   - chance: From 0 to 1, even.
    init(of answer: TaskAnswer, tries: Int, mightBeDone: Bool, chance: Double) {
        guard let fault = answer.fault, fault.kind != .doneAlready else {
            self.init(.done, mayBeDone: false, answer.fault)
            return
        }
        let mayBeDone = mightBeDone || fault.isOutcomeUnknown
        let pause = Backoff.milliseconds(tries: tries, asked: fault.retryAfterMilliseconds, chance: chance)
        switch fault.kind {
        case .refused:
            self.init(.dead, mayBeDone: mightBeDone, fault)
        case .throttled, .reauthenticate, .stop:
            self.init(.retrying, counts: false, mayBeDone: mayBeDone, pause: pause, fault)
        case .retry, .stale, .unknown, .doneAlready:
            let most = fault.kind == .unknown ? InboundLimits.maximumUnknownTries : InboundLimits.maximumTries
            let status: OrderTaskStatus = tries >= most ? .dead : .retrying
            // However long a platform is away, that makes no dead letter.
            let counts = !fault.isUnreached || tries < InboundLimits.unreachedTries
            self.init(counts ? status : .retrying, counts: counts, mayBeDone: mayBeDone, pause: pause, fault)
        }
    }

    private init(
        _ status: OrderTaskStatus, counts: Bool = true, mayBeDone: Bool, pause: Int64 = 0, _ fault: PlatformFault?
    ) {
        self.status = status
        self.counts = counts
        self.mayBeDone = mayBeDone
        self.pauseMilliseconds = pause
        self.code = fault?.code ?? ""
        self.text = fault?.message ?? ""
    }
}
