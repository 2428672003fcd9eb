internal import DequeModule
internal import NIOCore
internal import Synchronization

/// Runs tasks on one event loop.
///
/// NIO has no task executor of its own yet. Jobs are collected and run in one go per loop tick, so that many
/// resumptions cost one wake-up; jobs from the loop itself need no lock.
///
/// `@unchecked`: ``jobs`` and ``isScheduled`` are touched on the event loop only, ``remoteJobs`` under its lock.
final class LoopExecutor: TaskExecutor, @unchecked Sendable {
    private let eventLoop: any EventLoop
    private var jobs: [UnownedJob] = []
    private var isScheduled = false
    private let remoteJobs = Mutex<[UnownedJob]>([])
    /// What is to be done after jobs have run: flush what they wrote. Set once, before the first task.
    var afterJobs: () -> Void = {}

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if self.eventLoop.inEventLoop {
            self.jobs.append(job)
            guard !self.isScheduled else { return }
            self.isScheduled = true
            self.eventLoop.execute { self.runJobs() }
        } else {
            let isFirst = self.remoteJobs.withLock { jobs in
                jobs.append(job)
                return jobs.count == 1
            }
            if isFirst { self.eventLoop.execute { self.runRemoteJobs() } }
        }
    }

    /// Runs the jobs that are there now, within the current tick.
    func runJobsNow() {
        guard !self.jobs.isEmpty else { return }
        var jobs: [UnownedJob] = []
        swap(&jobs, &self.jobs)
        for job in jobs { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        jobs.removeAll(keepingCapacity: true)
        if self.jobs.isEmpty { self.jobs = jobs }
    }

    /// Runs the jobs that are there now; what they enqueue waits for the next tick, so that reading goes on in
    /// between.
    private func runJobs() {
        self.isScheduled = false
        var jobs: [UnownedJob] = []
        swap(&jobs, &self.jobs)
        self.run(jobs)
        if self.jobs.isEmpty {
            jobs.removeAll(keepingCapacity: jobs.count <= 4_096)
            self.jobs = jobs
        }
    }

    private func runRemoteJobs() {
        let jobs = self.remoteJobs.withLock { jobs in
            let taken = jobs
            jobs = []
            return taken
        }
        self.run(jobs)
    }

    private func run(_ jobs: [UnownedJob]) {
        for job in jobs { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        self.afterJobs()
    }
}
