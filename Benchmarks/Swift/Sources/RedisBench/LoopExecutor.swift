import NIOCore

/// Runs tasks on one event loop, as the RPC server does with its handlers.
///
/// `@unchecked`: everything that changes is touched on the event loop only; all tasks are started there.
final class LoopExecutor: TaskExecutor, @unchecked Sendable {
    private let eventLoop: any EventLoop
    private var jobs: [UnownedJob] = []
    private var isScheduled = false

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        guard self.eventLoop.inEventLoop else {
            return self.eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
        self.jobs.append(job)
        guard !self.isScheduled else { return }
        self.isScheduled = true
        self.eventLoop.execute { self.run() }
    }

    private func run() {
        self.isScheduled = false
        var jobs: [UnownedJob] = []
        swap(&jobs, &self.jobs)
        for job in jobs { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        jobs.removeAll(keepingCapacity: true)
        if self.jobs.isEmpty { self.jobs = jobs }
    }
}
