private import Dispatch
private import Synchronization
public import Testing

/// Has tests that only compute run on threads of their own.
///
/// The tests of this package run beside each other on as many threads as there are cores. One that reads a large file
/// for a second holds one of them, and each message of others that talk over sockets waits that long for its turn, until
/// their calls have passed their deadlines. Between threads the system shares the time fairly.
public struct ProcessorBound: SuiteTrait, TestTrait, TestScoping {
    /// Whether the tests of a suite have it as well: they do.
    public var isRecursive: Bool { true }

    /// Runs a test on one of the threads.
    @concurrent
    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(Threads.shared) { try await function() }
    }
}

extension Trait where Self == ProcessorBound {
    /// Tests that only compute.
    public static var processorBound: ProcessorBound { ProcessorBound() }
}

/// Two threads that take turns.
private final class Threads: TaskExecutor {
    static let shared = Threads()

    private let queues = [DispatchQueue(label: "processor-bound-0"), DispatchQueue(label: "processor-bound-1")]
    private let turn = Atomic<Int>(0)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = self.asUnownedTaskExecutor()
        let turn = self.turn.wrappingAdd(1, ordering: .relaxed).newValue
        self.queues[turn & 1].async { job.runSynchronously(on: executor) }
    }
}
