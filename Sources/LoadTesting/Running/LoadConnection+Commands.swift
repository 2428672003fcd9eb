internal import DequeModule
internal import InventoryAPI
internal import InventoryMessages
internal import RPC
internal import WellKnownMessages

/// What a connection's commands are.
extension LoadConnection {
    /// What every command of a load test refers to, so that what an interrupted one has left can be found.
    static let reference = "driveline load-test"
    /// How long reservations are held, in seconds: as long as can be.
    static let holdSeconds: Int64 = 3_600
    /// From which age on a reservation is taken for given back, in nanoseconds: some minutes before it expires.
    private static let longestHoldNanoseconds: UInt64 = 3_000_000_000_000
    /// Reservations that a connection holds; then it settles one before it makes another.
    private static let maximumHeld = 256
    /// SKUs that wait to be filled up; of more, the rest is noticed when they are asked for again.
    private static let maximumSoldOut = 256
    /// Units of one line.
    private static let lineUnits: ClosedRange<Int64> = 1...3
    /// Lines of one order.
    private static let lineCounts = 1...3
    /// Units of one difference.
    private static let differences: ClosedRange<Int64> = 1...9

    private static let context = CommandContext(source: .user, reference: reference)

    private func nextID() -> String {
        self.commands += 1
        return "\(self.name).\(self.commands)"
    }

    /// A set, or a change by a difference, of a SKU near to a number.
    func nextUpdate(_ favourite: Int) -> LoadCommand {
        let id = self.nextID()
        let location = Int.random(in: 0..<self.plan.locations, using: &self.generator)
        let place = self.plan.location(location)
        guard Bool.random(using: &self.generator) else {
            let sku = self.plan.setSKU(near: favourite)
            let units = Int64.random(in: 0...self.plan.units, using: &self.generator)
            return LoadCommand(
                kind: .set, id: id,
                command: .setStock(
                    SetStockRequest(
                        commandID: id, context: Self.context, sku: self.plan.sku(sku), locationID: place,
                        amount: .onHand(units), versionExpectation: .anyVersion(true))),
                changes: [(sku: sku, change: .set(location: location, units: units))])
        }
        let sku = self.plan.countedSKU(near: favourite)
        let units = Int64.random(in: Self.differences, using: &self.generator)
        let isFound = Bool.random(using: &self.generator)
        return LoadCommand(
            kind: .adjust, id: id,
            command: .adjustStock(
                AdjustStockRequest(
                    commandID: id, context: Self.context, sku: self.plan.sku(sku), locationID: place,
                    delta: isFound ? units : -units, reason: isFound ? .found : .lost)),
            changes: [(sku: sku, change: isFound ? .add(units) : .remove(units))])
    }

    /// A reservation, or what becomes of one: it fills up what was sold out, ships or gives back what is held, or holds
    /// units for a new order.
    func nextOfReservations(_ favourite: Int) -> LoadCommand {
        self.forgetOld()
        if let sku = self.soldOut.popFirst() { return self.receive(sku) }
        let settles = Bool.random(using: &self.generator) || self.held.count >= Self.maximumHeld
        if settles, let held = self.held.popFirst() {
            return Bool.random(using: &self.generator) ? self.commit(held) : self.release(held)
        }
        var lines = [(sku: self.plan.countedSKU(near: favourite), units: self.lineUnits())]
        for _ in 1..<Int.random(in: Self.lineCounts, using: &self.generator) {
            let sku = self.plan.countedSKU(near: Int.random(in: 0..<self.plan.skus, using: &self.generator))
            guard !lines.contains(where: { $0.sku == sku }) else { continue }
            lines.append((sku: sku, units: self.lineUnits()))
        }
        return self.reserve(lines)
    }

    private func lineUnits() -> Int64 { Int64.random(in: Self.lineUnits, using: &self.generator) }

    private func receive(_ sku: Int) -> LoadCommand {
        let id = self.nextID()
        let location = Int.random(in: 0..<self.plan.locations, using: &self.generator)
        return LoadCommand(
            kind: .receive, id: id,
            command: .receiveStock(
                ReceiveStockRequest(
                    commandID: id, context: Self.context, sku: self.plan.sku(sku),
                    locationID: self.plan.location(location), quantity: self.plan.units)),
            changes: [(sku: sku, change: .add(self.plan.units))])
    }

    private func reserve(_ lines: [(sku: Int, units: Int64)]) -> LoadCommand {
        let id = self.nextID()
        return LoadCommand(
            kind: .reserve, id: id,
            command: .reserve(
                ReserveRequest(
                    commandID: id, context: Self.context, reservationID: id,
                    lines: lines.map { ReservationLine(sku: self.plan.sku($0.sku), quantity: $0.units) },
                    holdFor: ProtoDuration(seconds: Self.holdSeconds))),
            changes: lines.map { (sku: $0.sku, change: .reserve($0.units)) }, reservation: id)
    }

    private func commit(_ held: Held) -> LoadCommand {
        let id = self.nextID()
        return LoadCommand(
            kind: .commit, id: id,
            command: .commitReservation(
                CommitReservationRequest(commandID: id, context: Self.context, reservationID: held.reservation)),
            changes: held.lines.map { (sku: $0.sku, change: .commit($0.units)) }, reservation: held.reservation,
            heldSince: held.since)
    }

    func release(_ held: Held) -> LoadCommand {
        let id = self.nextID()
        return LoadCommand(
            kind: .release, id: id,
            command: .releaseReservation(
                ReleaseReservationRequest(commandID: id, context: Self.context, reservationID: held.reservation)),
            changes: held.lines.map { (sku: $0.sku, change: .release($0.units)) }, reservation: held.reservation,
            heldSince: held.since)
    }

    /// Units are held from now on.
    func keep(_ command: LoadCommand, since: UInt64) {
        self.held.append(
            Held(
                reservation: command.reservation, lines: command.changes.map { (sku: $0.sku, units: $0.change.units) },
                since: since))
    }

    /// A command was certainly not carried out.
    func refused(_ command: LoadCommand, _ ending: CallEnding) {
        switch (command.kind, ending) {
        case (.reserve, .refused):
            self.soldOut.append(contentsOf: command.changes.map(\.sku).prefix(Self.maximumSoldOut - self.soldOut.count))
        case (.commit, _), (.release, _):
            // What was held is held still; it comes up again, behind all others.
            self.keep(command, since: command.heldSince)
        default: break
        }
    }

    /// What is about to expire by itself is not asked for any more, and may be free from now on.
    private func forgetOld() {
        while let oldest = self.held.first, LoadTimes.now() - oldest.since >= Self.longestHoldNanoseconds {
            self.held.removeFirst()
            for line in oldest.lines { self.book.with(line.sku) { item, _ in item.begin(.release(line.units)) } }
        }
    }
}

extension InventoryServiceClient {
    /// Makes the call that a command is.
    func carryOut(
        _ command: StockCommand.Command, _ options: CallOptions
    ) async throws(RPCError) -> CommandResponse {
        switch command {
        case .setStock(let request): try await self.setStock(request, options: options)
        case .adjustStock(let request): try await self.adjustStock(request, options: options)
        case .expectStock(let request): try await self.expectStock(request, options: options)
        case .receiveStock(let request): try await self.receiveStock(request, options: options)
        case .transferStock(let request): try await self.transferStock(request, options: options)
        case .receiveTransfer(let request): try await self.receiveTransfer(request, options: options)
        case .countStock(let request): try await self.countStock(request, options: options)
        case .quarantineStock(let request): try await self.quarantineStock(request, options: options)
        case .releaseQuarantine(let request): try await self.releaseQuarantine(request, options: options)
        case .reserve(let request): try await self.reserve(request, options: options)
        case .extendReservation(let request): try await self.extendReservation(request, options: options)
        case .confirmReservation(let request): try await self.confirmReservation(request, options: options)
        case .commitReservation(let request): try await self.commitReservation(request, options: options)
        case .releaseReservation(let request): try await self.releaseReservation(request, options: options)
        }
    }
}
