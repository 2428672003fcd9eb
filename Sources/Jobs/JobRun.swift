internal import Logging
internal import Postgres
internal import Synchronization
internal import Waking

/// One run of a leased job: its handler beside the renewal of its lease.
struct JobRun: Sendable {
    /// Why a handler was cancelled; nil while it was not, or because the process ends.
    private enum Stop { case cancelRequested, leaseLost }

    private final class StopReason: Sendable {
        private let value = Mutex<Stop?>(nil)
        var stop: Stop? { self.value.withLock { $0 } }
        func set(_ stop: Stop) { self.value.withLock { $0 = $0 ?? stop } }
    }

    private enum Part: Sendable {
        case handled((any Error)?)
        case renewed
    }

    /// How often the end of a run is written before it is left to the expiry of the lease.
    private static let endTries = 5
    private static let endPauseMilliseconds = 200

    private let job: Job
    private let runner: JobRunner

    init(_ job: Job, of runner: JobRunner) {
        self.job = job
        self.runner = runner
    }

    /// Until the job has ended or is left to others.
    func run() async {
        guard let ending = await self.ending() else { return }
        // In a task of its own: also a process that ends gives its jobs back.
        await Task { await self.write(ending) }.value
    }

    private func ending() async -> JobEnding? {
        // Whoever cancelled it is waiting, and the handler that could clean up is gone.
        if self.job.state == .cancelling { return .stopped }
        if self.job.attempts > self.runner.configuration.maximumAttempts { return .failed(Self.usedUp) }
        guard let handler = self.runner.handlers[self.job.kind], !self.isOverdue else {
            return .failed(
                JobFailure(
                    code: JobFailure.expired,
                    message: "the job had not come to its end after \(JobLimits.lifetimeDays) days"))
        }
        return await self.run(handler)
    }

    private var isOverdue: Bool { self.job.leaseExpiresAt.map { self.job.isOverdue(at: $0) } ?? false }

    private static let usedUp = JobFailure(
        code: JobFailure.internalError, message: "the job could not be done, although it was tried several times")

    private func run(_ handler: @escaping JobRunner.Handler) async -> JobEnding? {
        let reason = StopReason()
        let context = JobContext(self.job, of: self.runner.jobs)
        let error = await withTaskGroup(of: Part.self) { group in
            group.addTask {
                do {
                    try await handler(context)
                    return .handled(nil)
                } catch {
                    return .handled(error)
                }
            }
            group.addTask {
                await self.renew(reason)
                return .renewed
            }
            var result: (any Error)?
            for await part in group {
                // Whichever comes first ends the other one, too.
                group.cancelAll()
                if case .handled(let error) = part { result = error }
            }
            return result
        }
        return self.ending(error, reason.stop, attempts: context.job.attempts)
    }

    /// Until the job is to stop, or the task is cancelled.
    private func renew(_ reason: StopReason) async {
        let configuration = self.runner.configuration
        let signal = self.runner.jobs.signal
        let clock = ContinuousClock()
        var expiry = clock.now + .milliseconds(configuration.leaseMilliseconds)
        while true {
            await signal.wait(
                past: signal.count,
                milliseconds: min(configuration.leaseMilliseconds / 3, configuration.pollMilliseconds))
            guard !Task.isCancelled else { return }
            let asked = clock.now
            do throws(PostgresError) {
                switch try await self.runner.jobs.renew(self.job, milliseconds: configuration.leaseMilliseconds) {
                case .running: expiry = asked + .milliseconds(configuration.leaseMilliseconds)
                case .cancelling: return reason.set(.cancelRequested)
                default: return reason.set(.leaseLost)
                }
            } catch {
                self.runner.log("a job's lease cannot be renewed", error, of: self.job)
                if clock.now >= expiry { return reason.set(.leaseLost) }
            }
        }
    }

    /// - Returns: nil where the job is another runner's now.
    private func ending(_ error: (any Error)?, _ stop: Stop?, attempts: Int32) -> JobEnding? {
        let isLost = (error as? JobError)?.code == .leaseLost
        switch (error, stop) {
        case (_, .leaseLost): return nil
        case (nil, _): return .succeeded
        case _ where isLost: return nil
        case (_, .cancelRequested): return .stopped
        case (let failure as JobFailure, nil): return .failed(failure)
        case _ where Task.isCancelled: return .released
        // A checkpoint that finds the job being cancelled: then it is cancelled, and else tried again.
        case (is CancellationError, nil): return .postponed(milliseconds: self.wait(after: attempts))
        case (let error?, nil):
            self.runner.log("a job's handler failed", error, of: self.job)
            guard attempts < self.runner.configuration.maximumAttempts else { return .failed(Self.usedUp) }
            return .postponed(milliseconds: self.wait(after: attempts))
        }
    }

    private func wait(after attempts: Int32) -> Int64 {
        let configuration = self.runner.configuration
        // 2^20 times any wait of a millisecond or more is over any sensible limit.
        let factor = Int64(1) << Int64(max(0, min(attempts - 1, 20)))
        let (wait, overflow) = configuration.firstWaitMilliseconds.multipliedReportingOverflow(by: factor)
        return overflow ? configuration.longestWaitMilliseconds : min(wait, configuration.longestWaitMilliseconds)
    }

    private func write(_ ending: JobEnding) async {
        for _ in 1...Self.endTries {
            do {
                if try await !self.runner.jobs.end(self.job, ending) {
                    self.runner.logger.warning(
                        "a job was taken over before its run had ended", metadata: ["job": "\(self.job.id)"])
                }
                return
            } catch {
                self.runner.log("the end of a job's run cannot be written", error, of: self.job)
                try? await Task.sleep(for: .milliseconds(Self.endPauseMilliseconds))
            }
        }
    }
}
