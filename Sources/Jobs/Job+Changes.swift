internal import Postgres

/// How a job's row changes. Pure: the caller tells the time and writes the row.
extension Job {
    private static let microsecondsPerDay: Int64 = 86_400_000_000

    /// Whether it should have ended by now.
    func isOverdue(at now: PostgresTimestamp) -> Bool {
        now.microseconds - self.createdAt.microseconds > JobLimits.lifetimeDays * Self.microsecondsPerDay
    }

    /// Whether a runner may take it.
    func mayBeLeased(at now: PostgresTimestamp) -> Bool {
        switch self.state {
        case .queued: self.isOverdue(at: now) || (!self.isInputOpen && self.notBefore <= now)
        case .running, .cancelling: self.leaseExpiresAt.map { $0 <= now } ?? false
        case .succeeded, .failed, .cancelled: false
        }
    }

    /// - Returns: false where it has come to its end.
    mutating func requestCancel(at now: PostgresTimestamp) -> Bool { self.move(.cancelRequested, at: now) }

    /// - Returns: false where no runner may take it.
    mutating func lease(to runner: PostgresUUID, milliseconds: Int64, at now: PostgresTimestamp) -> Bool {
        guard self.mayBeLeased(at: now), self.move(.leased, at: now) else { return false }
        self.token += 1
        self.attempts += 1
        self.runner = runner
        self.startedAt = self.startedAt ?? now
        self.extend(milliseconds: milliseconds, at: now)
        return true
    }

    mutating func extend(milliseconds: Int64, at now: PostgresTimestamp) {
        self.leaseExpiresAt = now.adding(milliseconds: milliseconds)
    }

    /// What a runner makes of it.
    mutating func end(_ ending: JobEnding, at now: PostgresTimestamp) -> Bool {
        switch ending {
        case .succeeded: return self.move(.succeeded, at: now)
        case .stopped: return self.move(.stopped, at: now)
        case .failed(let failure):
            guard self.move(.failed, at: now) else { return false }
            self.failure = failure
        case .postponed(let milliseconds):
            guard self.move(.postponed, at: now) else { return false }
            self.notBefore = now.adding(milliseconds: milliseconds)
        case .released:
            guard self.move(.released, at: now) else { return false }
            // It is not the job's fault.
            self.attempts = max(0, self.attempts - 1)
        }
        return true
    }

    private mutating func move(_ transition: JobTransition, at now: PostgresTimestamp) -> Bool {
        guard let next = self.state.after(transition) else { return false }
        self.state = next
        if next != .running && next != .cancelling {
            self.runner = nil
            self.leaseExpiresAt = nil
        }
        if next.isFinal {
            self.endedAt = now
            self.isInputOpen = false
        }
        return true
    }
}

/// How a run of a job ends.
enum JobEnding: Hashable, Sendable {
    case succeeded
    case failed(JobFailure)
    case postponed(milliseconds: Int64)
    case released
    case stopped
}

extension PostgresTimestamp {
    func adding(milliseconds: Int64) -> Self { Self(microseconds: self.microseconds + milliseconds * 1_000) }
}
