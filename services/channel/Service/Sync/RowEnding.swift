internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages

/// What becomes of a row that was sent: a function of its outcome.
enum RowEnding: Hashable, Sendable {
    /// The platform has it.
    case done
    /// It does not, or may not.
    case failed(Failure)

    /// What is noted of a row that was not done.
    struct Failure: Hashable, Sendable {
        /// Pending, retrying or refused.
        var status: SyncStatus
        /// When it is due again, in milliseconds from now; nil: not before something changes.
        var delayMilliseconds: Int64?
        /// Tries that it counts.
        var tries: Int32 = 0
        /// Calls that it counts as known to have done nothing.
        var attempts: Int32 = 0
        /// Whether the same call is to be repeated, as its outcome is not known.
        var keepsKey = false
        /// The most rows of its next call; 0: as many as the platform takes.
        var groupLimit: Int32
        /// Whether it is to be read back first.
        var isStale = false
        /// Of the fault.
        var code: String
        /// What the platform said.
        var message: String
    }

    /// The ending of a row.
    ///
    /// - Parameters:
    ///   - fault: Of its outcome; nil: it was done.
    ///   - row: As it was sent.
    ///   - callRows: How many were sent with it, itself among them.
    ///   - isWhole: All of them were refused for the same reason: then one of them may be at fault for all.
    ///   - tries: Of the row of the call that was tried most often: rows that are repeated together wait alike.
    ///   - chance: From 0 to 1, even.
    init(_ fault: PlatformFault?, of row: DueRow, callRows: Int, isWhole: Bool, tries: Int32, chance: Double) {
        guard let fault, fault.kind != .doneAlready else {
            self = .done
            return
        }
        var failure = Failure(
            status: .retrying, delayMilliseconds: 0, groupLimit: row.groupLimit, code: fault.code,
            message: String(fault.message.prefix(SyncLimits.errorBytes)))
        let backoff = Backoff.milliseconds(
            tries: Int64(tries) + 1, chance: chance, limit: Backoff.longestShelfMilliseconds)
        switch fault.kind {
        case .doneAlready: break
        case .retry:
            failure.tries = 1
            failure.delayMilliseconds = max(backoff, fault.retryAfterMilliseconds ?? 0)
        case .throttled:
            // The limits know for how long to wait.
            break
        case .reauthenticate, .stop:
            failure.status = .pending
        case .stale:
            failure.status = .pending
            failure.isStale = true
            failure.tries = 1
            failure.attempts = 1
            failure.delayMilliseconds = SyncLimits.staleMilliseconds
        case .refused where fault.goesAlone && callRows > 1:
            failure.status = .pending
            failure.attempts = 1
            failure.groupLimit = 1
        case .refused where isWhole && callRows > 1:
            failure.status = .pending
            failure.attempts = 1
            failure.groupLimit = Int32(callRows / 2)
        case .refused:
            failure.status = .refused
            failure.attempts = 1
            failure.delayMilliseconds = nil
        case .unknown:
            failure.tries = 1
            failure.delayMilliseconds = backoff
            if row.tries + 1 >= SyncLimits.unknownTries {
                failure.status = .refused
                failure.delayMilliseconds = nil
            }
        }
        if fault.isOutcomeUnknown {
            failure.keepsKey = true
        } else if fault.kind == .retry || fault.kind == .unknown {
            failure.attempts = 1
        }
        self = .failed(failure)
    }

    /// The endings of a call's rows.
    ///
    /// - Parameter outcomes: In the order of the rows. A row without one counts as failed by a code that nobody knows: an
    ///   adapter has left it out.
    static func endings(
        _ outcomes: [RowOutcome], of rows: [DueRow], chance: Double
    ) -> [RowEnding] {
        let bySKU = Dictionary(outcomes.map { ($0.sku, $0) }) { $1 }
        let faults = rows.map { row -> PlatformFault? in
            guard let outcome = bySKU[row.sku] else {
                return PlatformFault(.unknown, code: "no-outcome", "the answer says nothing of the row")
            }
            return outcome.fault
        }
        let isWhole = rows.count > 1 && faults.allSatisfy { $0 != nil && $0?.code == faults[0]?.code }
        let tries = rows.map(\.tries).max() ?? 0
        return zip(rows, faults).map { row, fault in
            RowEnding(fault, of: row, callRows: rows.count, isWhole: isWhole, tries: tries, chance: chance)
        }
    }
}

extension PushAnswer {
    /// The fault that a call has as a whole; nil: some row has another outcome.
    var commonFault: PlatformFault? {
        guard let first = self.outcomes.first?.fault else { return nil }
        return self.outcomes.allSatisfy { $0.fault?.kind == first.kind } ? first : nil
    }
}
