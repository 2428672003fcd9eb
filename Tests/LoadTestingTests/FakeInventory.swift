import InventoryAPI
import InventoryMessages
import RPC
import RPCMessages
import Synchronization
import Wire

/// An inventory service of a few dictionaries, right unless a bug is planted.
final class FakeInventory: RPCService {
    /// What is wrong with it.
    enum Bug: Sendable, CaseIterable {
        case none
        /// Reserves what is not there, and hides it from readers.
        case oversells
        /// Reserves what is not there, and says so.
        case goesNegative
        /// A SKU's readers are answered what it was at first.
        case goesBack
        /// A version is sometimes read with one unit more.
        case readsVary
        /// Stock that was set is read as another number.
        case readsAnotherNumber
        /// Receipts have the version of before.
        case oldVersionInReceipt
        /// Receipts are about another command.
        case foreignReceipt
        /// Reservations hold a unit less than was ordered.
        case holdsLess
        /// Some reservations are refused for no reason.
        case refusesWrongly
        /// Some differences are acknowledged and not made.
        case losesUpdates
        /// Units that are shipped leave twice.
        case shipsTwice
        /// Some calls break down.
        case fails
        /// Some calls are carried out, and the answer is lost.
        case losesAnswers
        /// Some calls find no room. Not a bug, but something that callers must be told of.
        case overloaded
    }

    private struct Level {
        var onHand: Int64 = 0
        var reserved: Int64 = 0
    }

    private struct Item {
        var version: UInt64 = 0
        var levels: [String: Level] = [:]
    }

    private struct State {
        var items: [String: Item] = [:]
        var first: [String: Item] = [:]
        var reservations: [String: Reservation] = [:]
        var receipts: [String: CommandResponse] = [:]
        var calls = 0
    }

    private let bug: Bug
    /// Of so many calls one shows a bug that is not in all of them.
    private let distance: Int
    private let state = Mutex(State())

    init(_ bug: Bug, every distance: Int = 40) {
        self.bug = bug
        self.distance = distance
    }

    var serviceDescriptor: ServiceDescriptor {
        ServiceDescriptor(
            name: "driveline.inventory.v1.InventoryService",
            methods: [
                InventoryServiceMethods.getStock, InventoryServiceMethods.lookUpStock,
                InventoryServiceMethods.updateStock, InventoryServiceMethods.changeStock,
                InventoryServiceMethods.listReservations, InventoryServiceMethods.putLocation,
                InventoryServiceMethods.setStock, InventoryServiceMethods.adjustStock,
                InventoryServiceMethods.receiveStock, InventoryServiceMethods.reserve,
                InventoryServiceMethods.commitReservation, InventoryServiceMethods.releaseReservation,
            ], fileDescriptorSet: [])
    }

    func register(in registry: inout MethodRegistry) {
        registry.addUnary(InventoryServiceMethods.getStock) { (request: GetStockRequest, _) in
            try self.stock(request.sku)
        }
        registry.addUnary(InventoryServiceMethods.lookUpStock) { (request: LookUpStockRequest, _) in
            LookUpStockResponse(items: try request.skus.map { try self.stock($0) })
        }
        registry.addUnary(InventoryServiceMethods.updateStock) { (request: UpdateStockRequest, _) in
            self.update(request)
        }
        registry.addUnary(InventoryServiceMethods.changeStock) { (request: ChangeStockRequest, _) in
            self.change(request)
        }
        registry.addUnary(InventoryServiceMethods.listReservations) { (_: ListReservationsRequest, _) in
            ListReservationsResponse()
        }
        registry.addUnary(InventoryServiceMethods.putLocation) { (request: PutLocationRequest, _) in
            request.location ?? Location()
        }
        registry.addUnary(InventoryServiceMethods.setStock) { (request: SetStockRequest, _) in
            try self.carryOut(.setStock(request), isSingle: true)
        }
        registry.addUnary(InventoryServiceMethods.adjustStock) { (request: AdjustStockRequest, _) in
            try self.carryOut(.adjustStock(request), isSingle: true)
        }
        registry.addUnary(InventoryServiceMethods.receiveStock) { (request: ReceiveStockRequest, _) in
            try self.carryOut(.receiveStock(request), isSingle: true)
        }
        registry.addUnary(InventoryServiceMethods.reserve) { (request: ReserveRequest, _) in
            try self.carryOut(.reserve(request), isSingle: true)
        }
        registry.addUnary(InventoryServiceMethods.commitReservation) { (request: CommitReservationRequest, _) in
            try self.carryOut(.commitReservation(request), isSingle: true)
        }
        registry.addUnary(InventoryServiceMethods.releaseReservation) { (request: ReleaseReservationRequest, _) in
            try self.carryOut(.releaseReservation(request), isSingle: true)
        }
    }

    private func stock(_ sku: String) throws -> StockItem {
        try self.state.withLock { state in
            state.calls += 1
            guard var item = state.items[sku] else { throw RPCError(.notFound, "there is no \(sku)") }
            if self.bug == .goesBack, let first = state.first[sku], state.calls > 200 { item = first }
            var stock = StockItem(sku: sku, version: item.version)
            for (location, level) in item.levels.sorted(by: { $0.key < $1.key }) {
                var onHand = level.onHand
                var free = onHand - level.reserved
                if self.bug != .goesNegative, free < 0 { (free, onHand) = (0, level.reserved) }
                if self.bug == .readsVary, state.calls % 50 == 0 { (free, onHand) = (free + 1, onHand + 1) }
                if self.bug == .readsAnotherNumber, item.version > 1 { (free, onHand) = (free + 1, onHand + 1) }
                stock.warehouses.append(
                    WarehouseStock(
                        locationID: location, stockAvailable: free, onHand: onHand, reserved: level.reserved,
                        incoming: 0, inTransit: 0, quarantined: 0, shortage: 0))
            }
            return stock
        }
    }

    private func update(_ request: UpdateStockRequest) -> UpdateStockResponse {
        self.state.withLock { state in
            var outcomes: [CommandOutcome] = []
            for (row, document) in request.documents.enumerated() {
                for warehouse in document.warehouses {
                    let level = Level(onHand: warehouse.stockAvailable ?? 0)
                    state.items[document.sku, default: Item()].levels[warehouse.locationID] = level
                }
                state.items[document.sku]?.version += 1
                state.first[document.sku] = state.items[document.sku]
                let receipt = CommandResponse(effect: .applied)
                outcomes.append(CommandOutcome(row: UInt32(row), outcome: .response(receipt)))
            }
            return UpdateStockResponse(outcomes: outcomes)
        }
    }

    private func change(_ request: ChangeStockRequest) -> ChangeStockResponse {
        let outcomes = request.commands.enumerated().map { row, command -> CommandOutcome in
            guard let command = command.command, let receipt = try? self.carryOut(command, isSingle: false) else {
                return CommandOutcome(
                    row: UInt32(row), outcome: .refusal(Refusal(reason: .insufficientStock, message: "no")))
            }
            return CommandOutcome(row: UInt32(row), outcome: .response(receipt))
        }
        return ChangeStockResponse(outcomes: outcomes)
    }

    private func carryOut(_ command: StockCommand.Command, isSingle: Bool) throws -> CommandResponse {
        try self.state.withLock { state in
            state.calls += 1
            let isChosen = isSingle && state.calls % self.distance == 0
            if isChosen, self.bug == .fails { throw RPCError(.internal, "broken") }
            if isChosen, self.bug == .overloaded {
                throw RPCError(.resourceExhausted, "too much", type: "overloaded", reason: .overloaded)
            }
            var receipt = try self.decide(command, &state, isChosen: isChosen)
            if isChosen, self.bug == .losesAnswers {
                throw RPCError(.unavailable, "lost", type: "outcome-unknown", reason: .unavailable)
            }
            if self.bug == .foreignReceipt, isChosen { receipt.commandID = "another" }
            if self.bug == .oldVersionInReceipt, isChosen {
                receipt.items = receipt.items.map { ItemVersion(sku: $0.sku, version: $0.version - 1) }
            }
            return receipt
        }
    }
}

extension FakeInventory {
    private func decide(
        _ command: StockCommand.Command, _ state: inout State, isChosen: Bool
    ) throws -> CommandResponse {
        let id: String
        var skus: [String] = []
        var reservation: Reservation?
        switch command {
        case .setStock(let request):
            id = request.commandID
            skus = [request.sku]
            guard case .onHand(let units)? = request.amount else { throw RPCError(.invalidArgument, "no amount") }
            state.items[request.sku]?.levels[request.locationID]?.onHand = units
        case .adjustStock(let request):
            id = request.commandID
            if let receipt = state.receipts[id] { return receipt }
            skus = [request.sku]
            let level = state.items[request.sku]?.levels[request.locationID] ?? Level()
            guard level.onHand - level.reserved + request.delta >= 0 else {
                throw RPCError(.failedPrecondition, "too few", type: "below-reserved", reason: .conflict)
            }
            if !(isChosen && self.bug == .losesUpdates) {
                state.items[request.sku]?.levels[request.locationID]?.onHand += request.delta
            }
        case .receiveStock(let request):
            id = request.commandID
            if let receipt = state.receipts[id] { return receipt }
            skus = [request.sku]
            state.items[request.sku]?.levels[request.locationID]?.onHand += request.quantity
        case .reserve(let request):
            id = request.commandID
            guard state.reservations[request.reservationID] == nil else { throw RPCError(.alreadyExists, "there") }
            let isRefused = isChosen && self.bug == .refusesWrongly
            let made = isRefused ? nil : self.allocate(request, state, isShort: isChosen && self.bug == .holdsLess)
            guard let made else {
                throw RPCError(.failedPrecondition, "too few", type: "insufficient-stock", reason: .conflict)
            }
            for allocation in made.allocations {
                state.items[allocation.sku]?.levels[allocation.locationID]?.reserved += allocation.quantity
            }
            skus = request.lines.map(\.sku)
            reservation = made
        case .commitReservation(let request):
            id = request.commandID
            (skus, reservation) = self.close(request.reservationID, .committed, &state)
        case .releaseReservation(let request):
            id = request.commandID
            (skus, reservation) = self.close(request.reservationID, .released, &state)
        default: throw RPCError(.unimplemented, "not this one")
        }
        if let reservation { state.reservations[reservation.reservationID] = reservation }
        for sku in skus { state.items[sku]?.version += 1 }
        let receipt = CommandResponse(
            commandID: id, effect: .applied,
            items: skus.map { ItemVersion(sku: $0, version: state.items[$0]?.version ?? 0) }, reservation: reservation)
        state.receipts[id] = receipt
        return receipt
    }

    /// Each line from one location after the other.
    private func allocate(_ request: ReserveRequest, _ state: State, isShort: Bool) -> Reservation? {
        var reservation = Reservation(reservationID: request.reservationID, state: .held)
        for (number, line) in request.lines.enumerated() {
            var missing = line.quantity
            let levels = (state.items[line.sku]?.levels ?? [:]).sorted { $0.key < $1.key }
            for (location, level) in levels where missing > 0 {
                let isUnchecked = self.bug == .oversells || self.bug == .goesNegative
                let units = isUnchecked ? missing : min(missing, level.onHand - level.reserved)
                guard units > 0 else { continue }
                missing -= units
                reservation.allocations.append(
                    Allocation(line: UInt32(number), sku: line.sku, locationID: location, quantity: units))
            }
            guard missing == 0 else { return nil }
        }
        if isShort, let last = reservation.allocations.indices.last { reservation.allocations[last].quantity -= 1 }
        return reservation
    }

    private func close(
        _ id: String, _ end: ReservationState, _ state: inout State
    ) -> (skus: [String], reservation: Reservation?) {
        guard var reservation = state.reservations[id] else {
            return ([], Reservation(reservationID: id, state: end))
        }
        guard reservation.state == .held else { return ([], reservation) }
        for allocation in reservation.allocations {
            let times: Int64 = self.bug == .shipsTwice ? 2 : 1
            let units = end == .committed ? allocation.quantity * times : 0
            state.items[allocation.sku]?.levels[allocation.locationID]?.reserved -= allocation.quantity
            state.items[allocation.sku]?.levels[allocation.locationID]?.onHand -= units
        }
        reservation.state = end
        return (Set(reservation.allocations.map(\.sku)).sorted(), reservation)
    }
}
