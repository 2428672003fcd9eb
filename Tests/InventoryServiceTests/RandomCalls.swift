import InventoryAPI
import InventoryMessages
import RPC

/// Calls of a random history.
enum RandomCalls {
    static func next(
        caller: Int, number: Int, using random: inout some RandomNumberGenerator
    ) -> StockCommand.Command {
        let id = "c\(caller)-\(number)"
        let sku = "SKU-\(Int.random(in: 0..<12, using: &random))"
        let location = "WHS\(Int.random(in: 1...3, using: &random))"
        let units = Int64.random(in: 1...9, using: &random)
        let reservation = "r\(caller)-\(Int.random(in: 0...max(0, number), using: &random))"
        switch Int.random(in: 0..<12, using: &random) {
        case 0, 1:
            return .adjustStock(
                AdjustStockRequest(
                    commandID: id, sku: sku, locationID: location, delta: units * 3, reason: .correction))
        case 2:
            return .adjustStock(
                AdjustStockRequest(commandID: id, sku: sku, locationID: location, delta: -units, reason: .sold))
        case 3:
            return .transferStock(
                TransferStockRequest(
                    commandID: id, sku: sku, fromLocationID: location, toLocationID: "WHS1", quantity: units))
        case 4:
            return .receiveTransfer(
                ReceiveTransferRequest(commandID: id, sku: sku, locationID: "WHS1", quantity: units, lost: 1))
        case 5:
            return .countStock(
                CountStockRequest(commandID: id, sku: sku, locationID: location, counted: units * 2))
        case 6, 7, 8:
            return .reserve(
                ReserveRequest(
                    commandID: id, reservationID: "r\(caller)-\(number)",
                    lines: [
                        ReservationLine(sku: sku, quantity: units),
                        ReservationLine(sku: "SKU-\(Int.random(in: 0..<12, using: &random))", quantity: 1),
                    ], rules: AllocationRules(partial: Bool.random(using: &random))))
        case 9:
            return .commitReservation(CommitReservationRequest(commandID: id, reservationID: reservation))
        case 10:
            return .releaseReservation(ReleaseReservationRequest(commandID: id, reservationID: reservation))
        default:
            return .confirmReservation(ConfirmReservationRequest(commandID: id, reservationID: reservation))
        }
    }

    static func send(_ command: StockCommand.Command, by client: InventoryServiceClient) async throws {
        switch command {
        case .adjustStock(let request): _ = try await client.adjustStock(request)
        case .transferStock(let request): _ = try await client.transferStock(request)
        case .receiveTransfer(let request): _ = try await client.receiveTransfer(request)
        case .countStock(let request): _ = try await client.countStock(request)
        case .reserve(let request): _ = try await client.reserve(request)
        case .confirmReservation(let request): _ = try await client.confirmReservation(request)
        case .commitReservation(let request): _ = try await client.commitReservation(request)
        case .releaseReservation(let request): _ = try await client.releaseReservation(request)
        default: break
        }
    }
}
