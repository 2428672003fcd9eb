/// How much one client may hold without confirming it, so that none of them takes all there is from the others.
public struct HoldCaps: Hashable, Sendable {
    /// The most held reservations; 0: as many as it likes.
    public var reservations: UnitCount
    /// The most units in held reservations; 0: as many as it likes.
    public var units: UnitCount

    /// Caps; those not given: none.
    public init(reservations: UnitCount = .zero, units: UnitCount = .zero) {
        self.reservations = reservations
        self.units = units
    }

    /// Whether anything is capped.
    public var isSet: Bool { self.reservations > .zero || self.units > .zero }
}

/// What one client holds without having confirmed it.
public struct ClientHolds: Hashable, Sendable {
    /// Reservations.
    public var reservations: Int64
    /// Units, as many as they were made with.
    public var units: Int64

    /// What it holds.
    public init(reservations: Int64 = 0, units: Int64 = 0) {
        self.reservations = reservations
        self.units = units
    }
}

extension WorkingSet {
    /// Refuses a reservation by which a client would hold more than it may.
    func checkHolds(_ plan: AllocationPlan, by client: String) throws(Refusal) {
        let caps = self.rules.holdCaps
        guard caps.isSet else { return }
        let held = self.holds[client] ?? ClientHolds()
        if caps.reservations > .zero, held.reservations >= caps.reservations.units {
            throw Refusal(.tooManyHolds, field: "reservationId", available: 0)
        }
        // At most a thousand allocations of less than 2^53 units.
        let units = plan.allocations.reduce(held.units) { $0 + $1.quantity }
        if caps.units > .zero, units > caps.units.units {
            throw Refusal(.tooManyHolds, field: "lines", available: max(0, caps.units.units - held.units))
        }
    }

    /// Counts a reservation that was made among what its client holds.
    mutating func countHold(_ reservation: Reservation) {
        guard let holder = reservation.holder, reservation.version == 1 else { return }
        self.holds[holder, default: ClientHolds()].reservations += 1
        self.holds[holder, default: ClientHolds()].units += reservation.allocations.reduce(0) { $0 + $1.quantity }
    }
}
