internal import OrderDomain
internal import OrderMessages
internal import RPC
internal import RPCMessages
internal import Wire

/// Until when something is tried again that may pass by itself.
struct Patience: Sendable {
    /// How long it is at the most for who waits for an answer.
    static let longest = Duration.seconds(20)
    /// What is kept of a call's time to answer it.
    static let reserve = Duration.milliseconds(300)

    private let end: ContinuousClock.Instant

    /// So much time from now on.
    init(_ time: Duration) { self.end = .now + time }

    /// As long as a call may take, less what its answer takes.
    init(of context: ServerContext) {
        self.init(min(Self.longest, max(.zero, (context.remaining ?? Self.longest) - Self.reserve)))
    }

    /// What is left of it.
    var left: Duration { max(.zero, self.end - .now) }

    /// Does something until it succeeds or fails for good.
    ///
    /// - Throws: What fails for good; the last failure, where there is no time left; `CancellationError`.
    func retrying<Value: Sendable>(_ work: () async throws(RPCError) -> Value) async throws -> Value {
        var generator = SystemRandomNumberGenerator()
        var retry = 0
        while true {
            do throws(RPCError) { return try await work() } catch {
                guard error.mayPass, !Task.isCancelled else { throw error }
                retry += 1
                let pause = Duration.milliseconds(Backoff.retry.milliseconds(retry: retry, using: &generator))
                guard pause < self.left else { throw error }
                try await Task.sleep(for: pause)
            }
        }
    }
}

extension RPCError {
    /// Whether a failure is none of the request's, and may pass by itself.
    var mayPass: Bool {
        switch self.code {
        case .invalidArgument, .notFound, .alreadyExists, .outOfRange: false
        case .failedPrecondition: Self.passing.contains(self.problem?.type ?? "")
        default: true
        }
    }

    /// Refusals of what others do at the same time.
    private static let passing: Set<String> = ["not-loaded", "too-many-holds"]
}
