import InventoryMessages
import TestSupport

/// The random commands of one caller. Of a SKU of its own it knows the numbers, and nothing that it asks for there can be
/// refused.
struct KillCommands {
    static let locations = ["WHS1", "WHS2"]
    static let sharedSKUs = 8
    /// Of one unit of the first shared SKU and two of the second.
    static let kit = "KIT"

    private let number: Int
    private let own: String
    private var numbers: [KillTruth.Level: KillTruth.Numbers] = [:]
    private var open: [(id: String, isConfirmed: Bool)] = []
    private var random: SeededGenerator

    init(number: Int, seed: UInt64) {
        self.number = number
        self.own = "OWN-\(number)"
        self.random = SeededGenerator(seed: seed &+ UInt64(number))
    }

    /// The next command.
    mutating func next(_ id: String) -> StockCommand.Command {
        switch Int.random(in: 0..<12, using: &self.random) {
        case 0, 1: self.adjust(id, by: .random(in: 5...20, using: &self.random), .found)
        case 2: self.adjust(id, by: -1, .sold)
        case 3:
            .setStock(
                SetStockRequest(
                    commandID: id, sku: "SET-\(self.number % 4)", locationID: Self.locations[0],
                    amount: .onHand(.random(in: 0...1_000, using: &self.random)),
                    versionExpectation: .anyVersion(true)))
        case 4, 5, 6: self.reserve(id)
        case 7, 8: self.onReservation(id) ?? self.onOwn(id)
        default: self.onOwn(id)
        }
    }

    /// Takes in what became of a command.
    ///
    /// - Returns: What is wrong with it; nil: nothing.
    mutating func carriedOut(_ command: StockCommand.Command, _ answer: CommandResponse?) -> String? {
        guard let answer else {
            return command.sku == self.own ? "\(command.id) was refused, of a SKU that is the caller's alone" : nil
        }
        if case .reserve = command, let reservation = answer.reservation {
            self.open.append((reservation.reservationID, false))
        }
        guard command.sku == self.own else { return nil }
        if case .countStock(let request) = command {
            let before = self.own(at: request.locationID).onHand
            guard answer.variance == request.counted - before else {
                return
                    "\(command.id) counted \(request.counted), \(before) before: \(String(describing: answer.variance))"
            }
        }
        command.change(&self.numbers)
        return nil
    }

    private func own(at location: String) -> KillTruth.Numbers {
        self.numbers[KillTruth.Level(sku: self.own, location: location)] ?? KillTruth.Numbers()
    }

    private mutating func sharedSKU() -> String { "SKU-\(Int.random(in: 0..<Self.sharedSKUs, using: &self.random))" }

    private mutating func adjust(
        _ id: String, by delta: Int64, _ reason: AdjustmentReason
    ) -> StockCommand.Command {
        let location = Self.locations.randomElement(using: &self.random) ?? ""
        return .adjustStock(
            AdjustStockRequest(
                commandID: id, sku: self.sharedSKU(), locationID: location, delta: delta, reason: reason))
    }

    private mutating func reserve(_ id: String) -> StockCommand.Command {
        var skus: Set<String> = [self.sharedSKU(), self.sharedSKU()]
        if Int.random(in: 0..<4, using: &self.random) == 0 { skus = [Self.kit] }
        let lines = skus.sorted().map { ReservationLine(sku: $0, quantity: 1) }
        return .reserve(ReserveRequest(commandID: id, reservationID: "r\(id)", lines: lines))
    }

    private mutating func onReservation(_ id: String) -> StockCommand.Command? {
        guard let (reservation, isConfirmed) = self.open.popLast() else { return nil }
        switch Int.random(in: 0..<3, using: &self.random) {
        case 0: return .commitReservation(CommitReservationRequest(commandID: id, reservationID: reservation))
        case 1 where !isConfirmed:
            self.open.append((reservation, true))
            return .confirmReservation(ConfirmReservationRequest(commandID: id, reservationID: reservation))
        default: return .releaseReservation(ReleaseReservationRequest(commandID: id, reservationID: reservation))
        }
    }

    private mutating func onOwn(_ id: String) -> StockCommand.Command {
        let (sku, location) = (self.own, Self.locations.randomElement(using: &self.random) ?? "")
        let numbers = self.own(at: location)
        func part(_ most: Int64) -> Int64? { most > 0 ? .random(in: 1...most, using: &self.random) : nil }
        switch Int.random(in: 0..<7, using: &self.random) {
        case 0:
            return .expectStock(ExpectStockRequest(commandID: id, sku: sku, locationID: location, delta: 7))
        case 1:
            guard let units = part(numbers.onHand) else { break }
            let other = Self.locations.first { $0 != location } ?? ""
            return .transferStock(
                TransferStockRequest(
                    commandID: id, sku: sku, fromLocationID: location, toLocationID: other, quantity: units))
        case 2:
            guard let units = part(numbers.inTransit) else { break }
            let lost = Int64.random(in: 0..<units, using: &self.random)
            return .receiveTransfer(
                ReceiveTransferRequest(
                    commandID: id, sku: sku, locationID: location, quantity: units - lost, lost: lost))
        case 3:
            let counted = max(0, numbers.onHand + Int64.random(in: -3...3, using: &self.random))
            return .countStock(
                CountStockRequest(commandID: id, sku: sku, locationID: location, counted: counted))
        case 4:
            guard let units = part(numbers.onHand) else { break }
            return .quarantineStock(
                QuarantineStockRequest(commandID: id, sku: sku, locationID: location, quantity: units))
        case 5:
            guard let units = part(numbers.quarantined) else { break }
            return .releaseQuarantine(
                ReleaseQuarantineRequest(
                    commandID: id, sku: sku, locationID: location, quantity: units,
                    writeOff: Bool.random(using: &self.random)))
        default: break
        }
        return .receiveStock(ReceiveStockRequest(commandID: id, sku: sku, locationID: location, quantity: 5))
    }
}

extension StockCommand.Command {
    /// The command's id.
    var id: String {
        switch self {
        case .adjustStock(let request): request.commandID
        case .setStock(let request): request.commandID
        case .expectStock(let request): request.commandID
        case .receiveStock(let request): request.commandID
        case .transferStock(let request): request.commandID
        case .receiveTransfer(let request): request.commandID
        case .countStock(let request): request.commandID
        case .quarantineStock(let request): request.commandID
        case .releaseQuarantine(let request): request.commandID
        case .reserve(let request): request.commandID
        case .extendReservation(let request): request.commandID
        case .confirmReservation(let request): request.commandID
        case .commitReservation(let request): request.commandID
        case .releaseReservation(let request): request.commandID
        }
    }

    /// The SKU that the command is about; empty: it is about a reservation.
    var sku: String {
        switch self {
        case .adjustStock(let request): request.sku
        case .setStock(let request): request.sku
        case .expectStock(let request): request.sku
        case .receiveStock(let request): request.sku
        case .transferStock(let request): request.sku
        case .receiveTransfer(let request): request.sku
        case .countStock(let request): request.sku
        case .quarantineStock(let request): request.sku
        case .releaseQuarantine(let request): request.sku
        case .reserve, .extendReservation, .confirmReservation, .commitReservation, .releaseReservation: ""
        }
    }
}
