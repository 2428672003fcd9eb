import InventoryAPI
import InventoryMessages
import ProcessTestSupport
import RPC
import RPCMessages
import TestSupport
import Wire

/// A caller as one should be: it sends each command again, with the same id, until it knows what became of it.
struct KillCaller {
    static let location = "WHS1"
    static let sharedSKUs = 8
    /// Between two tries, in milliseconds.
    private static let pauseMilliseconds = 20

    let number: Int
    let brand: String
    let service: ServiceProcess
    let truth: KillTruth

    /// Sends random commands until the truth is complete; the last is brought to its end.
    func run(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed &+ UInt64(self.number))
        var open: [String] = []
        var count = 0
        while self.truth.goesOn {
            count += 1
            let command = self.next("c\(self.number)-\(count)", &open, using: &random)
            guard let answer = try await self.send(command) else { continue }
            if case .reserve = command, let reservation = answer.reservation { open.append(reservation.reservationID) }
        }
    }

    private func next(
        _ id: String, _ open: inout [String], using random: inout some RandomNumberGenerator
    ) -> StockCommand.Command {
        let sku = "SKU-\(Int.random(in: 0..<Self.sharedSKUs, using: &random))"
        let other = "SKU-\(Int.random(in: 0..<Self.sharedSKUs, using: &random))"
        switch Int.random(in: 0..<10, using: &random) {
        case 0, 1:
            let delta = Int64.random(in: 5...20, using: &random)
            return .adjustStock(
                AdjustStockRequest(commandID: id, sku: sku, locationID: Self.location, delta: delta, reason: .found))
        case 2:
            return .adjustStock(
                AdjustStockRequest(commandID: id, sku: sku, locationID: Self.location, delta: -1, reason: .sold))
        case 3:
            return .setStock(
                SetStockRequest(
                    commandID: id, sku: "SET-\(self.number % 4)", locationID: Self.location,
                    amount: .onHand(Int64.random(in: 0...1_000, using: &random)), versionExpectation: .anyVersion(true))
            )
        case 4, 5, 6:
            let lines = (sku == other ? [sku] : [sku, other]).map { ReservationLine(sku: $0, quantity: 1) }
            return .reserve(ReserveRequest(commandID: id, reservationID: "r\(id)", lines: lines))
        default:
            guard let reservation = open.popLast() else {
                return .adjustStock(
                    AdjustStockRequest(
                        commandID: id, sku: "OWN-\(self.number)", locationID: Self.location, delta: 1,
                        reason: .found))
            }
            return Bool.random(using: &random)
                ? .commitReservation(CommitReservationRequest(commandID: id, reservationID: reservation))
                : .releaseReservation(ReleaseReservationRequest(commandID: id, reservationID: reservation))
        }
    }

    /// Sends a command until its outcome is known.
    ///
    /// - Returns: The answer; nil: it was refused.
    func send(_ command: StockCommand.Command) async throws -> CommandResponse? {
        while true {
            guard let client = self.service.client else {
                try await Task.sleep(for: .milliseconds(Self.pauseMilliseconds))
                continue
            }
            self.truth.tried()
            do {
                let answer = try await self.call(command, by: InventoryServiceClient(client))
                self.truth.answered(command, answer)
                return answer
            } catch let error as RPCError {
                if Self.isRefusal(error) {
                    self.truth.refused(command.id)
                    return nil
                }
                let mayBe: Set<StatusCode> = [.unavailable, .deadlineExceeded, .cancelled, .resourceExhausted]
                guard mayBe.contains(error.code) else {
                    self.truth.sawUnexpected("\(command.id): \(error)")
                    return nil
                }
                try await Task.sleep(for: .milliseconds(Self.pauseMilliseconds))
            }
        }
    }

    /// Sends a command once.
    func call(
        _ command: StockCommand.Command, by client: InventoryServiceClient
    ) async throws -> CommandResponse {
        let options = CallOptions(
            caller: CallerIdentity(
                brand: self.brand, principal: "caller-\(self.number)",
                scopes: ["inventory:read", "inventory:write", "inventory:reserve", "inventory:admin"]))
        switch command {
        case .adjustStock(let request): return try await client.adjustStock(request, options: options)
        case .setStock(let request): return try await client.setStock(request, options: options)
        case .reserve(let request): return try await client.reserve(request, options: options)
        case .commitReservation(let request): return try await client.commitReservation(request, options: options)
        case .releaseReservation(let request): return try await client.releaseReservation(request, options: options)
        default: preconditionFailure("callers send no other commands")
        }
    }

    /// Whether the service has decided against the command.
    private static func isRefusal(_ error: RPCError) -> Bool {
        guard let type = error.problem?.type else { return false }
        return ["insufficient-stock", "below-reserved"].contains(type)
    }
}

extension StockCommand.Command {
    /// The command's id.
    var id: String {
        switch self {
        case .adjustStock(let request): request.commandID
        case .setStock(let request): request.commandID
        case .reserve(let request): request.commandID
        case .commitReservation(let request): request.commandID
        case .releaseReservation(let request): request.commandID
        default: ""
        }
    }
}
