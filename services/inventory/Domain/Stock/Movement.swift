/// One immutable row of the ledger: units that went from one state to another at one location.
///
/// A transfer between locations is two of them, whose other sides are ``StockState/transfer``.
public struct Movement: Hashable, Sendable {
    /// What moved.
    public let sku: SKU
    /// Where.
    public let location: LocationID
    /// The state it left.
    public let from: StockState
    /// The state it came to.
    public let to: StockState
    /// The lot that the units are in; nil: none. Units on their way or announced are in none.
    public let lot: LotID?
    /// How many units: 1 to 2^53 - 1.
    public let quantity: Int64
    /// The numbers of the location after it.
    public let balance: Balance
    /// Why.
    public let reason: MovementReason
    /// The reservation that it belongs to.
    public let reservation: ReservationID?
    /// The command that caused it.
    public let command: CommandID
    /// Who sent the command.
    public let actor: String
    /// The caller's own reference; empty: none.
    public let reference: String
    /// When, by the database's clock.
    public let occurredAt: Timestamp
    /// The SKU's version after the command.
    public let version: Int64
}

/// Why units moved. The raw values stand in movements for ever.
public enum MovementReason: String, Hashable, Sendable, CaseIterable {
    /// A number was set.
    case set = "set"
    /// A number was corrected by a difference.
    case adjustedCorrection = "adjust.correction"
    /// Units were damaged.
    case adjustedDamaged = "adjust.damaged"
    /// Units were lost.
    case adjustedLost = "adjust.lost"
    /// Units were found.
    case adjustedFound = "adjust.found"
    /// Units came back from a customer.
    case adjustedReturned = "adjust.returned"
    /// Units were sold without a reservation.
    case adjustedSold = "adjust.sold"
    /// A supplier announced units, or withdrew them.
    case expected = "expect"
    /// A supplier's units came.
    case received = "receive"
    /// Units left for another location, or are on their way from one.
    case transferred = "transfer"
    /// Units came from another location.
    case transferReceived = "transfer.received"
    /// Units were lost between two locations.
    case transferLost = "transfer.lost"
    /// A count found more or less.
    case counted = "count"
    /// Units were set aside.
    case quarantined = "quarantine"
    /// Units came back from quarantine.
    case quarantineReleased = "quarantine.released"
    /// Units in quarantine were written off.
    case quarantineWrittenOff = "quarantine.written-off"
    /// Units were promised.
    case reserved = "reserve"
    /// Promised units were shipped.
    case committed = "commit"
    /// Promised units were given back.
    case released = "release"
    /// Promised units of no lot were exchanged for those of one, to be shipped.
    case lotAssigned = "lot.assigned"
    /// Units of a lot that expired were set aside.
    case lotExpired = "lot.expired"
    /// Promised units came back by expiry.
    case expired = "expire"
    /// A repair, after `verify` found a difference.
    case repaired = "repair"
}
