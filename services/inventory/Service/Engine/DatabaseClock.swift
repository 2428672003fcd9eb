internal import InventoryDomain
internal import Synchronization

/// What a process knows of the database's clock between two readings of it.
///
/// A pure machine. What it tells is never later than the database's clock is, and never earlier than what it told before,
/// unless that clock was set back: so a moment that is read from the database behind a change is not before the moment
/// which the change was given.
struct ClockEstimate {
    /// How fast the database's clock goes at the least, in thousandths of this process's: clocks that are kept right are
    /// slowed by half a thousandth at the most. Source: adjtimex(2), `ADJ_FREQUENCY`.
    static let slowestRate: Int64 = 999
    /// After how long without a reading nothing is told, in seconds.
    static let maximumAge = Duration.seconds(1)

    private var told: (moment: Timestamp, at: ContinuousClock.Instant)?

    /// A reading of the database's clock.
    ///
    /// - Parameters:
    ///   - moment: What it showed, at some time between the two others.
    ///   - asked: When it was asked for, by this process's clock.
    ///   - answered: When it was there.
    mutating func read(_ moment: Timestamp, asked: ContinuousClock.Instant, answered: ContinuousClock.Instant) {
        guard let known = self.moment(at: answered), known > moment,
            case (let ahead, let isTooMuch) = known.microseconds.subtractingReportingOverflow(moment.microseconds),
            !isTooMuch, ahead <= (answered - asked).microseconds
        else {
            self.told = (moment, answered)
            return
        }
        // Only the answer took longer than another one did.
        self.told = (known, answered)
    }

    /// The database's clock as far as it is known; nil: the last reading is too long ago.
    func now(at instant: ContinuousClock.Instant) -> Timestamp? {
        guard let told, instant - told.at <= Self.maximumAge else { return nil }
        return self.moment(at: instant)
    }

    private func moment(at instant: ContinuousClock.Instant) -> Timestamp? {
        guard let told else { return nil }
        let (passed, overflows) = (instant - told.at).microseconds.multipliedReportingOverflow(by: Self.slowestRate)
        guard !overflows else { return nil }
        let (sum, isTooLate) = told.moment.microseconds.addingReportingOverflow(max(0, passed) / 1_000)
        return isTooLate ? nil : Timestamp(microseconds: sum)
    }
}

/// The database's clock, for all transactions of a process. From any thread.
final class DatabaseClock: Sendable {
    private let estimate = Mutex(ClockEstimate())

    /// The database's clock as far as it is known; nil: it must be read.
    var now: Timestamp? { self.estimate.withLock { $0.now(at: .now) } }

    /// A reading that has just come.
    ///
    /// - Parameter asked: When it was asked for.
    func read(_ moment: Timestamp, asked: ContinuousClock.Instant) {
        self.estimate.withLock { $0.read(moment, asked: asked, answered: .now) }
    }
}

extension Duration {
    /// Whole microseconds; the nearest there is where they are more than can be said.
    fileprivate var microseconds: Int64 {
        let (seconds, attoseconds) = self.components
        let (product, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, isTooMuch) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return overflows || isTooMuch ? (seconds < 0 ? .min : .max) : sum
    }
}
