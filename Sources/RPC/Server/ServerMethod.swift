internal import NIOCore
public import ProtobufC
internal import RPCMessages
internal import Synchronization
internal import Wire

/// A method of a server: its description, its handler, and what surrounds every call of it.
@usableFromInline
final class ServerMethod: Sendable {
    /// The two halves of a batch handler: what happens per call while the read goes on, and what happens at its end.
    @usableFromInline
    struct BatchHandler: Sendable {
        let decode: @Sendable (borrowing RawSpan, Arena) throws(RPCError) -> UnsafeRawPointer
        let run: @Sendable (BatchCalls) -> Void

        @usableFromInline
        init(
            decode: @escaping @Sendable (borrowing RawSpan, Arena) throws(RPCError) -> UnsafeRawPointer,
            run: @escaping @Sendable (BatchCalls) -> Void
        ) {
            self.decode = decode
            self.run = run
        }
    }

    /// How the method is run; the request and response types are known only inside.
    @usableFromInline
    enum Handler: Sendable {
        /// Decodes the request and starts a task.
        case unary(@Sendable (borrowing RawSpan, ServerCall) throws(RPCError) -> Void)
        /// Starts a task that takes its requests as they come.
        case streaming(@Sendable (ServerCall) -> Void)
        /// Decodes, runs and answers in place.
        case inline(@Sendable (borrowing RawSpan, borrowing InlineContext) throws(RPCError) -> Void)
        /// Collects calls until the read is over.
        case batch(BatchHandler)
    }

    /// Interceptors composed into one closure each, so that a call pays for those it has and nothing for a list.
    typealias Admission = @Sendable (CallInfo) throws(RPCError) -> Void
    typealias Around = @Sendable (CallInfo, @Sendable () async -> Void) async -> Void

    let descriptor: MethodDescriptor
    let handler: Handler
    let admission: Admission?
    let around: Around?
    let observer: (any RPCObserver)?
    private let inFlight: Atomic<Int>
    private let concurrencyLimit: Int
    // What every call asks, beside the descriptor, so that asking does not copy that.
    let id: UInt32
    let isAnonymous: Bool
    let needsScope: Bool
    let isOffloaded: Bool
    let hasInterceptors: Bool
    let hasObserver: Bool
    /// The deadline of calls that set none.
    let timeout: TimeAmount

    init(
        _ descriptor: MethodDescriptor,
        _ handler: Handler,
        interceptors: [any ServerInterceptor],
        observer: (any RPCObserver)?,
        defaultTimeout: TimeAmount
    ) {
        self.id = descriptor.id
        self.isAnonymous = descriptor.isAnonymous
        self.isOffloaded = descriptor.form == .offloaded
        self.needsScope = !descriptor.scope.isEmpty
        self.hasInterceptors = !interceptors.isEmpty
        self.hasObserver = observer != nil
        self.timeout =
            descriptor.timeoutMilliseconds > 0 ? .milliseconds(Int64(descriptor.timeoutMilliseconds)) : defaultTimeout
        self.descriptor = descriptor
        self.handler = handler
        self.observer = observer
        self.inFlight = Atomic(0)
        self.concurrencyLimit = Int(descriptor.concurrencyLimit)
        self.admission = ServerMethod.composeAdmission(interceptors)
        self.around = ServerMethod.composeAround(interceptors)
    }

    private static func composeAdmission(_ interceptors: [any ServerInterceptor]) -> Admission? {
        guard !interceptors.isEmpty else { return nil }
        return { (call: CallInfo) throws(RPCError) in
            for interceptor in interceptors { try interceptor.admit(call) }
        }
    }

    private static func composeAround(_ interceptors: [any ServerInterceptor]) -> Around? {
        guard let last = interceptors.last else { return nil }
        var composed: Around = { @Sendable (call, run) async -> Void in await last.around(call, run) }
        for interceptor in interceptors.dropLast().reversed() {
            let inner = composed
            composed = { @Sendable (call, run) async -> Void in
                await interceptor.around(call) { await inner(call, run) }
            }
        }
        return composed
    }

    /// Whether one more call may run now; one that may must be followed by ``callEnded()``.
    @inline(__always)
    var takesCall: Bool { self.concurrencyLimit == 0 || self.takesOneMore() }

    private func takesOneMore() -> Bool {
        let (_, count) = self.inFlight.add(1, ordering: .relaxed)
        guard count > self.concurrencyLimit else { return true }
        self.inFlight.subtract(1, ordering: .relaxed)
        return false
    }

    /// A call that was taken is over.
    @inline(__always)
    func callEnded() {
        if self.concurrencyLimit > 0 { self.inFlight.subtract(1, ordering: .relaxed) }
    }

    var concurrencyExceeded: RPCError {
        RPCError(
            .resourceExhausted, "\(self.descriptor.name) runs \(self.concurrencyLimit) calls already",
            type: "overloaded", reason: .overloaded)
    }

    var wrongMessageCount: RPCError {
        RPCError(
            .invalidArgument, "\(self.descriptor.name) takes exactly one message", type: "message-malformed",
            reason: .messageMalformed)
    }

    /// Tells the observer of a call that was taken.
    func callBegan() { self.observer?.callBegan(self.descriptor) }

    /// Tells the observer of calls that were taken.
    func callsBegan(_ count: Int) { self.observer?.callsBegan(self.descriptor, count: count) }

    /// Whether calls wait for those behind them in the same read, and are announced together.
    var isBatch: Bool {
        if case .batch = self.handler { return true }
        return false
    }

    /// Sees whether a caller may use the method.
    @inline(__always)
    func authorize(_ caller: KnownCaller) throws(RPCError) {
        guard caller.isAuthenticated, !self.needsScope || caller.identity.scopes.contains(self.descriptor.scope) else {
            throw self.refusal(of: caller)
        }
    }

    private func refusal(of caller: KnownCaller) -> RPCError {
        guard caller.isAuthenticated else {
            return RPCError(
                .unauthenticated, "\(self.descriptor.name) needs a credential", type: "unauthenticated",
                reason: .unauthenticated)
        }
        return RPCError(
            .permissionDenied, "\(self.descriptor.name) needs the scope \(self.descriptor.scope)",
            type: "scope-missing", reason: .scopeMissing)
    }

    /// Asks the interceptors.
    func admit(_ arrival: CallArrival) throws(RPCError) {
        guard let admission = self.admission else { return }
        try admission(
            CallInfo(
                method: self.descriptor, caller: arrival.caller.identity, metadata: arrival.metadata,
                trace: arrival.trace))
    }
}

/// Methods by id, for the lookup that every request needs.
///
/// Ids are hashes already: a table of a power of two, at most a quarter full, finds most at the first look.
struct MethodTable: Sendable {
    private let slots: [ServerMethod?]
    private let mask: UInt32
    let all: [ServerMethod]

    init(_ methods: [UInt32: ServerMethod]) {
        var capacity = 16
        while capacity < methods.count * 4 { capacity *= 2 }
        var slots = [ServerMethod?](repeating: nil, count: capacity)
        let mask = UInt32(capacity - 1)
        for (id, method) in methods {
            var slot = id & mask
            while slots[Int(slot)] != nil { slot = (slot + 1) & mask }
            slots[Int(slot)] = method
        }
        self.slots = slots
        self.mask = mask
        self.all = methods.values.sorted { $0.descriptor.name < $1.descriptor.name }
    }

    subscript(id: UInt32) -> ServerMethod? {
        var slot = id & self.mask
        while let method = self.slots[Int(slot)] {
            if method.id == id { return method }
            slot = (slot &+ 1) & self.mask
        }
        return nil
    }
}
