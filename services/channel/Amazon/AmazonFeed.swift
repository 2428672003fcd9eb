internal import ChannelAdapter

/// A feed on its way: made of a document, waited for, and told about by a report. Without I/O and without a clock of its own.
///
/// Each event says what is to be done next. Whatever the platform answers, and if it never does, the feed ends: in a report
/// or in a fault for all of its rows.
struct AmazonFeed: Sendable {
    /// What is to be done next.
    enum Step: Hashable, Sendable {
        /// Ask for a document to upload to.
        case createDocument
        /// Put the messages to the address.
        case upload(url: String)
        /// Make a feed of the document.
        case create(documentID: String)
        /// Wait so many milliseconds, then ask what became of the feed.
        case wait(milliseconds: Int64)
        case ask(feedID: String)
        /// Ask for the report's address.
        case findReport(documentID: String)
        /// Get the report, which ends the feed.
        case download(url: String)
        /// It has ended without a report: a fault for each row.
        case fail(PlatformFault)
    }

    private enum State: Hashable {
        case preparing
        case uploading(documentID: String)
        case creating
        case waiting(feedID: String)
        case reporting(feedID: String, isFatal: Bool)
        case ended
    }

    /// The first wait for an answer, and the longest, in milliseconds.
    static let firstWaitMilliseconds: Int64 = 5_000
    static let longestWaitMilliseconds: Int64 = 60_000
    /// How often an answer about a feed that was made may fail one after the other.
    static let failuresAtMost = 8

    private var state = State.preparing
    private let deadline: Int64
    /// When the last wait was over.
    private var now: Int64
    private var nextWait = Self.firstWaitMilliseconds
    private var failures = 0
    /// The step that is repeated behind a wait.
    private var repeated: Step?

    /// - Parameters:
    ///   - now: Of the clock, in milliseconds.
    ///   - milliseconds: How long it may take until it counts as stuck.
    init(at now: Int64, milliseconds: Int64) {
        self.now = now
        self.deadline = now + milliseconds
    }

    /// The platform's id, once it is known; empty before.
    var feedID: String {
        switch self.state {
        case .waiting(let id), .reporting(let id, _): id
        default: ""
        }
    }

    /// What the first step is.
    var firstStep: Step { .createDocument }

    mutating func documentCreated(id: String, url: String) -> Step {
        guard self.state == .preparing, !id.isEmpty, !url.isEmpty else {
            return self.fail(.unreadable("the answer has no document, or no address for it"))
        }
        self.state = .uploading(documentID: id)
        return .upload(url: url)
    }

    mutating func uploaded() -> Step {
        guard case .uploading(let id) = self.state else { return self.failOutOfOrder() }
        self.state = .creating
        return .create(documentID: id)
    }

    mutating func created(feedID: String) -> Step {
        guard self.state == .creating, !feedID.isEmpty else {
            return self.fail(.unreadable("the answer has no feed", isChange: true))
        }
        self.state = .waiting(feedID: feedID)
        return self.wait(then: .ask(feedID: feedID))
    }

    /// The wait is over.
    mutating func waited(at now: Int64) -> Step {
        self.now = now
        guard now < self.deadline else {
            return self.fail(
                PlatformFault(
                    .retry, code: "feed-stuck",
                    "the feed \(self.feedID) did not come to an end; what of it was carried out is not known",
                    isOutcomeUnknown: true))
        }
        guard let repeated else { return self.failOutOfOrder() }
        return repeated
    }

    /// The platform said how far it is.
    ///
    /// - Parameter reportID: Of the report's document; empty: there is none.
    mutating func answered(status: String, reportID: String) -> Step {
        guard case .waiting(let id) = self.state else { return self.failOutOfOrder() }
        self.failures = 0
        switch status.uppercased() {
        case "IN_QUEUE", "IN_PROGRESS": return self.wait(then: .ask(feedID: id))
        case "DONE":
            guard !reportID.isEmpty else {
                return self.fail(
                    PlatformFault(
                        .retry, code: "report-missing", "the feed \(id) is done, and has no report",
                        isOutcomeUnknown: true))
            }
            self.state = .reporting(feedID: id, isFatal: false)
            self.nextWait = Self.firstWaitMilliseconds
            return .findReport(documentID: reportID)
        case "FATAL":
            guard !reportID.isEmpty else { return self.fail(Self.fatal(id)) }
            self.state = .reporting(feedID: id, isFatal: true)
            self.nextWait = Self.firstWaitMilliseconds
            return .findReport(documentID: reportID)
        case "CANCELLED", "CANCELED":
            // Only one that was not begun can be cancelled.
            return self.fail(
                PlatformFault(.retry, code: "feed-cancelled", "the feed \(id) was cancelled before it was begun"))
        default:
            return self.fail(
                PlatformFault(
                    .unknown, code: AmazonText.shortened("feed-\(status)", toBytes: 64),
                    "the feed \(id) has a state that is not known", isOutcomeUnknown: true))
        }
    }

    mutating func reportFound(url: String) -> Step {
        guard case .reporting = self.state, !url.isEmpty else {
            return self.fail(.unreadable("the answer has no address of the report", isChange: true))
        }
        return .download(url: url)
    }

    /// A step came to a fault. Behind the feed's making it is asked for again, as nothing else tells what became of it.
    mutating func failed(_ fault: PlatformFault, at step: Step) -> Step {
        switch self.state {
        case .preparing, .uploading:
            // Nobody has made a feed of the document: nothing is carried out.
            var fault = fault
            fault.isOutcomeUnknown = false
            return self.fail(fault)
        case .creating, .ended: return self.fail(fault)
        case .waiting, .reporting:
            self.failures += 1
            let isPassing = [.retry, .throttled, .reauthenticate, .unknown].contains(fault.kind)
            guard isPassing, self.failures <= Self.failuresAtMost else {
                var fault = fault
                fault.isOutcomeUnknown = true
                return self.fail(fault)
            }
            return self.wait(then: step, atLeast: fault.retryAfterMilliseconds ?? 0)
        }
    }

    /// Whether the report is of a feed that the platform broke off: rows that it does not name are then not known.
    var isFatal: Bool {
        if case .reporting(_, let isFatal) = self.state { isFatal } else { false }
    }

    static func fatal(_ id: String) -> PlatformFault {
        PlatformFault(
            .unknown, code: "feed-fatal", "the platform broke the feed \(id) off; some of it may have been carried out",
            isOutcomeUnknown: true)
    }

    private mutating func wait(then step: Step, atLeast milliseconds: Int64 = 0) -> Step {
        self.repeated = step
        // However long the platform asks to wait: at its deadline the feed is stuck.
        let wait = min(max(self.nextWait, milliseconds), max(0, self.deadline - self.now))
        self.nextWait = min(Self.longestWaitMilliseconds, self.nextWait * 2)
        return .wait(milliseconds: wait)
    }

    private mutating func fail(_ fault: PlatformFault) -> Step {
        self.state = .ended
        return .fail(fault)
    }

    private mutating func failOutOfOrder() -> Step {
        self.fail(.unreadable("the feed's steps came out of order", isChange: true))
    }
}
