import InventoryDomain

/// Inventory written in the most naive way: dictionaries of plain numbers, a copy of everything before each command, and
/// that copy back where a rule is broken. It shares no code with the engine but the values of commands.
struct NaiveInventory {
    struct Cell: Equatable {
        var onHand: Int64 = 0
        var reserved: Int64 = 0
        var quarantined: Int64 = 0
        var inTransit: Int64 = 0
        var incoming: Int64 = 0
        var lots: [String: Batch] = [:]
    }

    struct Held: Equatable {
        var line: Int
        var sku: String
        var location: String
        var units: Int64
        var backordered: Int64
        var lot: String?
        var shipped: Int64 = 0
        var returned: Int64 = 0

        var rest: Int64 { self.units - self.shipped - self.returned }
    }

    struct Booking: Equatable {
        var state: ReservationState
        var expiresAt: Int64?
        var createdAt: Int64
        var held: [Held] = []
    }

    enum Verdict: Equatable {
        case done(changed: Bool)
        case refused(RefusalReason)
    }

    struct Depot {
        var priority: Int
        var region: String
        var country: String
        var sells: Bool
        /// Given to lines that name it alone.
        var isMarketplaces = false
    }

    struct Broken: Error {
        var reason: RefusalReason
    }

    let depots: [String: Depot]
    let kits: [String: [(sku: String, units: Int64)]]
    let backorderCap: Int64
    var cells: [String: [String: Cell]] = [:]
    var versions: [String: Int64] = [:]
    var bookings: [String: Booking] = [:]
    var answers: [String: (asked: Action, verdict: Verdict)] = [:]

    init(depots: [String: Depot], kits: [String: [(sku: String, units: Int64)]], backorderCap: Int64) {
        self.depots = depots
        self.kits = kits
        self.backorderCap = backorderCap
    }

    mutating func run(_ command: Command, at now: Int64) -> Verdict {
        let id = "\(command.id)"
        if let answer = self.answers[id] {
            return answer.asked == command.action ? answer.verdict : .refused(.commandIDReused)
        }
        let (cells, bookings) = (self.cells, self.bookings)
        do {
            try self.apply(command.action, now)
        } catch {
            (self.cells, self.bookings) = (cells, bookings)
            return .refused((error as? Broken)?.reason ?? .notLoaded)
        }
        var changed = bookings != self.bookings
        for (sku, row) in self.cells where cells[sku] != row {
            self.versions[sku, default: 0] += 1
            changed = true
        }
        let verdict = Verdict.done(changed: changed)
        if case .expire = command.action, !changed { return verdict }
        if case .expireLot = command.action, !changed { return verdict }
        self.answers[id] = (command.action, verdict)
        return verdict
    }

    private func refuse(_ reason: RefusalReason) -> Broken { Broken(reason: reason) }

    private mutating func apply(_ action: Action, _ now: Int64) throws {
        switch action {
        case .update(let update):
            try self.checkSKU("\(update.sku)")
            if case .exactly(let version) = update.expectedVersion,
                version != self.versions["\(update.sku)", default: 0]
            {
                throw self.refuse(.versionConflict)
            }
            for level in update.levels {
                try self.change("\(update.sku)", "\(level.location)") { cell in
                    let target: Int64 =
                        switch level.target {
                        case .onHand(let count): count.units
                        case .available(let count): count.units + cell.reserved
                        }
                    if target < cell.reserved { throw Broken(reason: .belowReserved) }
                    if target > cell.onHand { cell.onHand = target }
                    if target < cell.onHand { try cell.remove(cell.onHand - target, nil, or: .belowReserved) }
                }
            }
        case .adjust(let place, let delta, _):
            try self.checkSKU("\(place.sku)")
            try self.change("\(place.sku)", "\(place.location)") { cell in
                let lot = try cell.open(place.lot, make: delta.units > 0)
                if delta.units > 0 { return cell.add(delta.units, lot) }
                try cell.remove(-delta.units, lot, or: .belowReserved)
            }
        case .expect(let place, let delta):
            try self.checkSKU("\(place.sku)")
            try self.change("\(place.sku)", "\(place.location)") { cell in
                if cell.incoming + delta.units < 0 { throw Broken(reason: .insufficientStock) }
                cell.incoming += delta.units
            }
        case .receive(let place, let quantity):
            try self.checkSKU("\(place.sku)")
            try self.change("\(place.sku)", "\(place.location)") { cell in
                cell.incoming = max(0, cell.incoming - quantity.units)
                cell.add(quantity.units, try cell.open(place.lot, make: true))
            }
        case .transfer(let place, let destination, let quantity):
            if place.location == destination { throw self.refuse(.sameLocation) }
            try self.checkSKU("\(place.sku)")
            if self.depots["\(destination)"] == nil { throw self.refuse(.unknownLocation) }
            try self.change("\(place.sku)", "\(place.location)") { cell in
                try cell.remove(
                    quantity.units, try cell.open(place.lot, make: false), or: .insufficientStock)
            }
            try self.change("\(place.sku)", "\(destination)") { $0.inTransit += quantity.units }
        case .receiveTransfer(let place, let arrived, let lost):
            try self.checkSKU("\(place.sku)")
            try self.change("\(place.sku)", "\(place.location)") { cell in
                if cell.inTransit < arrived.units + lost.units { throw Broken(reason: .insufficientStock) }
                cell.inTransit -= arrived.units + lost.units
                cell.add(arrived.units, try cell.open(place.lot, make: true))
            }
        case .count(let place, let count):
            try self.checkSKU("\(place.sku)")
            try self.change("\(place.sku)", "\(place.location)") { cell in
                let lot = try cell.open(place.lot, make: true)
                let found = count.units - (lot.map { cell.lots[$0]?.onHand ?? 0 } ?? cell.onHand)
                if found > 0 { cell.add(found, lot) }
                if found < 0 { try cell.remove(-found, lot, or: .insufficientStock, counting: true) }
            }
        case .quarantine(let place, let quantity):
            try self.checkSKU("\(place.sku)")
            try self.change("\(place.sku)", "\(place.location)") { cell in
                try cell.setAside(quantity.units, try cell.open(place.lot, make: false))
            }
        case .releaseQuarantine(let place, let quantity, let isWriteOff):
            try self.checkSKU("\(place.sku)")
            try self.change("\(place.sku)", "\(place.location)") { cell in
                try cell.endQuarantine(quantity.units, try cell.open(place.lot, make: false), lost: isWriteOff)
            }
        case .expireLot(let place):
            try self.checkSKU("\(place.sku)")
            guard let lot = place.lot.map({ "\($0.id)" }) else { return }
            guard let cell = self.cells["\(place.sku)"]?["\(place.location)"], let batch = cell.lots[lot] else {
                return
            }
            let units = min(batch.free, cell.onHand - cell.reserved)
            if (batch.expires ?? .max) > now || units <= 0 { return }
            try self.change("\(place.sku)", "\(place.location)") { try $0.setAside(units, lot) }
        default:
            try self.applyToReservation(action, now)
        }
    }

    private mutating func applyToReservation(_ action: Action, _ now: Int64) throws {
        switch action {
        case .reserve(let order):
            let id = "\(order.id)"
            if let known = self.bookings[id] {
                throw self.refuse(known.state == .released ? .reservationReleased : .reservationExists)
            }
            let held = try self.allocate(order, now)
            let expiresAt = now + order.holdTime.seconds * 1_000_000
            self.bookings[id] = Booking(
                state: order.isConfirmed ? .confirmed : .held, expiresAt: order.isConfirmed ? nil : expiresAt,
                createdAt: now, held: held)
        case .extend(let id, let time):
            var booking = try self.living("\(id)", now)
            if booking.state != .held { throw self.refuse(.reservationConfirmed) }
            let end = now + time.seconds * 1_000_000
            if end > booking.createdAt + 86_400_000_000 { throw self.refuse(.expiryOutOfRange) }
            booking.expiresAt = max(booking.expiresAt ?? 0, end)
            self.bookings["\(id)"] = booking
        case .confirm(let id):
            var booking = try self.living("\(id)", now)
            booking.state = .confirmed
            booking.expiresAt = nil
            self.bookings["\(id)"] = booking
        case .commit(let id, let portions):
            if portions.isEmpty, self.bookings["\(id)"]?.state == .committed { return }
            let booking = try self.living("\(id)", now)
            for (number, units) in try self.shares(portions, of: booking) {
                let held = booking.held[number]
                try self.change(held.sku, held.location) { cell in
                    try cell.ship(units, held.lot, now)
                }
                if !portions.isEmpty { self.bookings["\(id)"]?.held[number].shipped += units }
            }
            self.end("\(id)", .committed, unlessHeld: portions)
        case .release(let id, let portions):
            guard let booking = self.bookings["\(id)"] else {
                if !portions.isEmpty { throw self.refuse(.unknownReservation) }
                self.bookings["\(id)"] = Booking(state: .released, createdAt: now)
                return
            }
            if booking.state == .committed { throw self.refuse(.reservationCommitted) }
            if booking.state == .held || booking.state == .confirmed {
                for (number, units) in try self.shares(portions, of: booking) {
                    let held = booking.held[number]
                    try self.change(held.sku, held.location) { $0.giveBack(units, held.lot) }
                    if !portions.isEmpty { self.bookings["\(id)"]?.held[number].returned += units }
                }
                self.end("\(id)", .released, unlessHeld: portions)
            }
        case .expire(let id):
            guard let booking = self.bookings["\(id)"] else { throw self.refuse(.unknownReservation) }
            if booking.state == .held, (booking.expiresAt ?? .max) <= now {
                for held in booking.held {
                    try self.change(held.sku, held.location) { $0.giveBack(held.rest, held.lot) }
                }
                self.end("\(id)", .expired, unlessHeld: [])
            }
        default: break
        }
    }

    private func living(_ id: String, _ now: Int64) throws -> Booking {
        guard let booking = self.bookings[id] else { throw self.refuse(.unknownReservation) }
        switch booking.state {
        case .held: if (booking.expiresAt ?? .max) <= now { throw self.refuse(.reservationExpired) }
        case .confirmed: break
        case .committed: throw self.refuse(.reservationCommitted)
        case .released: throw self.refuse(.reservationReleased)
        case .expired: throw self.refuse(.reservationExpired)
        }
        return booking
    }

    private mutating func end(_ id: String, _ state: ReservationState, unlessHeld portions: [ReservationPortion]) {
        if !portions.isEmpty, self.bookings[id]?.held.contains(where: { $0.rest > 0 }) == true { return }
        self.bookings[id]?.state = state
        self.bookings[id]?.expiresAt = nil
    }

    /// How many units of each of a booking's holds portions take; without any, all that is left.
    private func shares(_ portions: [ReservationPortion], of booking: Booking) throws -> [(Int, Int64)] {
        if portions.isEmpty { return booking.held.enumerated().map { ($0.offset, $0.element.rest) } }
        var left = booking.held.map(\.rest)
        var shares: [(Int, Int64)] = []
        for portion in portions {
            var wanted = portion.quantity.units
            for (number, held) in booking.held.enumerated()
            where held.line == portion.line && held.sku == "\(portion.sku)"
                && (portion.location.map { "\($0)" } ?? held.location) == held.location
            {
                let units = min(wanted, left[number])
                left[number] -= units
                wanted -= units
                shares.append((number, units))
            }
            if wanted > 0 { throw self.refuse(.notHeld) }
        }
        return shares
    }

    private func checkSKU(_ sku: String) throws {
        if self.kits[sku] != nil { throw self.refuse(.isKit) }
    }

    private mutating func change(_ sku: String, _ at: String, _ body: (inout Cell) throws -> Void) throws {
        if self.depots[at] == nil { throw self.refuse(.unknownLocation) }
        var cell = self.cells[sku]?[at] ?? Cell()
        try body(&cell)
        let numbers = [cell.onHand, cell.reserved, cell.quarantined, cell.inTransit, cell.incoming]
        if numbers.contains(where: { $0 < 0 || $0 > InventoryLimits.maximumUnits }) {
            throw self.refuse(.quantityOutOfRange)
        }
        cell.lots = cell.lots.filter { !$0.value.isNothing }
        self.cells[sku, default: [:]][at] = cell
    }
}
