import OrderDomain
import OrderMessages
import Refusals
import TestSupport
import WellKnownMessages

/// Inventory and pricing as far as placing an order sees them: commands with ids that have one effect, holds that can be taken
/// back before they are made.
struct PlacementModel {
    /// What is held under an id.
    enum Hold: Equatable {
        case held
        case confirmed
        case released
        case expired
    }

    var random: SeededGenerator
    /// Units that are free.
    var free: Int64
    var reservations: [String: (hold: Hold, units: Int64)] = [:]
    /// Redemptions by id: true while they count.
    var redemptions: [String: Bool] = [:]

    mutating func redeem(_ id: String) -> Placement.Redeeming {
        if let counts = self.redemptions[id] { return counts ? .redeemed : .reversed }
        guard Int.random(in: 0..<8, using: &self.random) > 0 else {
            return .refused(OrderRefusal(.couponRefused, "no use left"))
        }
        self.redemptions[id] = true
        return .redeemed
    }

    mutating func reserve(_ id: String, _ order: Order) -> Placement.Reserving {
        let units = order.linesToReserve.map {
            HeldUnits(
                line: $0, sku: order.items[$0].sku, locationID: "W",
                quantity: order.items[$0].quantity - order.items[$0].cancelled)
        }
        let sum = units.reduce(0) { $0 + $1.quantity }
        switch self.reservations[id]?.hold {
        case .held, .confirmed, .expired: return .held(units, until: OrderSamples.now, isRepeated: true)
        case .released: return .ended("released")
        case nil: break
        }
        guard Int.random(in: 0..<12, using: &self.random) > 0 else {
            return .refused(OrderRefusal(.unknownSku, "no such part"))
        }
        guard sum <= self.free + (order.plan?.backorderCap ?? 0) else { return .short }
        self.free -= sum
        self.reservations[id] = (order.isHeldForGood ? .confirmed : .held, sum)
        return .held(units, until: OrderSamples.now, isRepeated: false)
    }

    mutating func confirm(_ id: String) -> Placement.Confirming {
        switch self.reservations[id]?.hold {
        case .held, .confirmed:
            self.reservations[id]?.hold = .confirmed
            return .confirmed
        case .released, .expired, nil: return .ended("not held any more")
        }
    }

    /// What an effect that was recorded asks for.
    mutating func carryOut(_ effect: OrderEffect) {
        switch effect {
        case .releaseReservation(let id, _): self.end(id, .released)
        case .reverseRedemption(let id): self.redemptions[id] = false
        default: break
        }
    }

    /// The expiry of what is held comes.
    mutating func expire(_ id: String) {
        if self.reservations[id]?.hold == .held { self.end(id, .expired) }
    }

    private mutating func end(_ id: String, _ hold: Hold) {
        if let found = self.reservations[id], found.hold == .held || found.hold == .confirmed {
            self.free += found.units
        }
        self.reservations[id] = (hold, 0)
    }

    /// The ids under which something is held or counts.
    var open: (reservations: [String], redemptions: [String]) {
        (
            self.reservations.filter { $0.value.hold == .held || $0.value.hold == .confirmed }.map(\.key).sorted(),
            self.redemptions.filter(\.value).map(\.key).sorted()
        )
    }
}
