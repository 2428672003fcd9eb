public import Wire

/// What is known of a call before its request is decoded.
public struct CallInfo: Sendable {
    /// The method.
    public let method: MethodDescriptor
    /// On whose behalf it is called.
    public let caller: CallerIdentity
    /// The request's metadata.
    public let metadata: Metadata
    /// The trace that the call belongs to.
    public let trace: TraceContext?
}

/// Something that is to happen around every call of a server.
///
/// Interceptors are composed when the server is made. The first one is the outermost.
public protocol ServerInterceptor: Sendable {
    /// Decides, before the request is decoded, whether the call may go on. Runs on the event loop: it must not block.
    ///
    /// - Throws: ``RPCError``, which the caller gets.
    func admit(_ call: CallInfo) throws(RPCError)

    /// Runs the call's task: `run` never throws, as the answer is written inside. For task-locals and spans. Not used
    /// for inline and batch handlers.
    func around(_ call: CallInfo, _ run: @Sendable () async -> Void) async
}

extension ServerInterceptor {
    /// Lets every call go on.
    public func admit(_ call: CallInfo) throws(RPCError) {}
    /// Only runs the task.
    public func around(_ call: CallInfo, _ run: @Sendable () async -> Void) async { await run() }
}

/// What wants to know how calls went: the hook for metrics. All functions run on event loops and must not block.
public protocol RPCObserver: Sendable {
    /// A call was admitted.
    func callBegan(_ method: MethodDescriptor)
    /// A call that was admitted is over.
    ///
    /// - Parameters:
    ///   - nanoseconds: From when the request was read to when the answer was written.
    ///   - requestBytes: The bytes of the request's first frame.
    func callEnded(_ method: MethodDescriptor, _ code: StatusCode, nanoseconds: UInt64, requestBytes: Int)
    /// Calls of one method that came together were admitted. Without one of its own, ``callBegan(_:)`` for each.
    func callsBegan(_ method: MethodDescriptor, count: Int)
    /// Calls of one method that came together are over, with the same outcome. Without one of its own,
    /// ``callEnded(_:_:nanoseconds:requestBytes:)`` for each.
    ///
    /// - Parameters:
    ///   - nanoseconds: As for a call alone, for all of them.
    ///   - requestBytes: The bytes of all requests.
    func callsEnded(_ method: MethodDescriptor, _ code: StatusCode, count: Int, nanoseconds: UInt64, requestBytes: Int)
    /// A connection was opened (+1) or closed (-1).
    func connectionsChanged(by difference: Int)
    /// Bytes were read and written since the last call; reported when a connection closes.
    func transferred(bytesRead: UInt64, bytesWritten: UInt64)
}

extension RPCObserver {
    /// Tells of each call.
    public func callsBegan(_ method: MethodDescriptor, count: Int) { for _ in 0..<count { self.callBegan(method) } }

    /// Tells of each call; of the bytes with the last.
    public func callsEnded(
        _ method: MethodDescriptor, _ code: StatusCode, count: Int, nanoseconds: UInt64, requestBytes: Int
    ) {
        for index in 0..<count {
            self.callEnded(
                method, code, nanoseconds: nanoseconds, requestBytes: index == count - 1 ? requestBytes : 0)
        }
    }
}
