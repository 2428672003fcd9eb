internal import CPostgres
internal import Glibc

/// Runs what libpq can only do by waiting, on a thread of its own, so that the reactor goes on.
enum BlockingCall {
    private final class Box {
        let call: @Sendable () -> Void
        init(_ call: @escaping @Sendable () -> Void) { self.call = call }
    }

    /// How many there are is limited by who calls: one for each connection of a pool.
    static func start(_ call: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Box(call)).toOpaque()
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { box in
                guard let box else { return nil }
                Unmanaged<Box>.fromOpaque(box).takeRetainedValue().call()
                return nil
            }, box)
        guard status == 0 else {
            // Late is better than never: no thread can be had, so the caller waits.
            Unmanaged<Box>.fromOpaque(box).takeRetainedValue().call()
            return
        }
        pthread_detach(thread)
    }
}

/// A connection that libpq has begun to make.
///
/// `@unchecked`: handed from the thread that began it to the reactor, and used by one of them at a time.
struct StartedConnection: @unchecked Sendable {
    let handle: OpaquePointer
}

/// What a cancel needs; libpq lets it be sent from any thread.
final class CancelRequest: @unchecked Sendable {
    private static let messageBytes: Int32 = 256
    private let handle: OpaquePointer

    init(handle: OpaquePointer) { self.handle = handle }
    deinit { PQfreeCancel(self.handle) }

    /// Best effort: whether it had an effect shows in the query's own answer.
    func send() {
        var message = [CChar](repeating: 0, count: Int(Self.messageBytes))
        _ = PQcancel(self.handle, &message, Self.messageBytes)
    }
}
