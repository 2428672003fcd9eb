import InventoryAPI
import InventoryMessages
import ProcessTestSupport
import RPC
import RPCMessages
import Wire

/// A caller as one should be: it sends each command again, with the same id, until it knows what became of it; each time to
/// the next copy of the service.
struct KillCaller {
    /// Between two tries, in milliseconds.
    private static let pauseMilliseconds = 20

    let number: Int
    let brand: String
    let services: [ServiceProcess]
    let truth: KillTruth

    /// Sends random commands until the truth is complete; the last is brought to its end.
    func run(seed: UInt64) async throws {
        var commands = KillCommands(number: self.number, seed: seed)
        var count = 0
        while self.truth.goesOn {
            count += 1
            let command = commands.next("c\(self.number)-\(count)")
            let answer = try await self.send(command, first: count)
            if let fault = commands.carriedOut(command, answer) { self.truth.sawUnexpected(fault) }
        }
    }

    /// Sends a command until its outcome is known.
    ///
    /// - Parameter first: To which copy it goes first.
    /// - Returns: The answer; nil: it was refused.
    func send(_ command: StockCommand.Command, first: Int = 0) async throws -> CommandResponse? {
        var tries = first
        while true {
            tries += 1
            guard let client = self.services[tries % self.services.count].client else {
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
        return switch command {
        case .adjustStock(let request): try await client.adjustStock(request, options: options)
        case .setStock(let request): try await client.setStock(request, options: options)
        case .expectStock(let request): try await client.expectStock(request, options: options)
        case .receiveStock(let request): try await client.receiveStock(request, options: options)
        case .transferStock(let request): try await client.transferStock(request, options: options)
        case .receiveTransfer(let request): try await client.receiveTransfer(request, options: options)
        case .countStock(let request): try await client.countStock(request, options: options)
        case .quarantineStock(let request): try await client.quarantineStock(request, options: options)
        case .releaseQuarantine(let request): try await client.releaseQuarantine(request, options: options)
        case .reserve(let request): try await client.reserve(request, options: options)
        case .extendReservation(let request): try await client.extendReservation(request, options: options)
        case .confirmReservation(let request): try await client.confirmReservation(request, options: options)
        case .commitReservation(let request): try await client.commitReservation(request, options: options)
        case .releaseReservation(let request): try await client.releaseReservation(request, options: options)
        }
    }

    /// Whether the service has decided against the command.
    private static func isRefusal(_ error: RPCError) -> Bool {
        guard let type = error.problem?.type else { return false }
        return ["insufficient-stock", "below-reserved"].contains(type)
    }
}
