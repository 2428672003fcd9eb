internal import DequeModule
internal import InventoryAPI
internal import InventoryMessages
internal import RPC

/// What a connection does when the time is over: it finds out what became of commands without an answer, and gives back
/// what it holds.
extension LoadConnection {
    /// Commands of one call.
    private static let commandsOfCall = 500
    /// How often a call is made that is not answered.
    private static let maximumTries = 5
    /// How long is waited between them, in seconds.
    private static let pauseSeconds = 2
    private static let timeoutSeconds = 30

    /// A command to be sent, and what its answer tells.
    private struct Settlement {
        enum Answer {
            /// Whether this command was carried out.
            case decides(LoadCommand)
            /// That this reservation holds nothing, whatever became of it.
            case cancels(LoadCommand)
        }

        var command: StockCommand.Command
        var answer: Answer
    }

    /// Settles everything.
    ///
    /// - Returns: How many commands are not known to be carried out or not, since the service did not answer.
    func settle() async -> Int {
        var settlements: [Settlement] = self.unresolved.map { command in
            guard command.kind == .reserve else {
                return Settlement(command: command.command, answer: .decides(command))
            }
            // It may still come: once its id is released it never holds anything.
            let held = Held(reservation: command.reservation, lines: [], since: 0)
            return Settlement(command: self.release(held).command, answer: .cancels(command))
        }
        self.unresolved = []
        for held in self.held {
            let command = self.release(held)
            _ = self.book.begin(command)
            settlements.append(Settlement(command: command.command, answer: .decides(command)))
        }
        self.held = []
        var open = 0
        while !settlements.isEmpty {
            let part = Array(settlements.prefix(Self.commandsOfCall))
            settlements.removeFirst(part.count)
            if let outcomes = await self.answers(to: part) {
                for (settlement, outcome) in zip(part, outcomes) { self.close(settlement.answer, outcome) }
            } else {
                open += part.count
            }
        }
        return open
    }

    /// - Returns: `nil` where the service does not answer.
    private func answers(to settlements: [Settlement]) async -> [CommandOutcome]? {
        let request = ChangeStockRequest(
            commandID: "\(self.name).settling", commands: settlements.map { StockCommand(command: $0.command) })
        for attempt in 1...Self.maximumTries {
            if attempt > 1 { try? await Task.sleep(for: .seconds(Self.pauseSeconds)) }
            let answer = try? await self.inventory.changeStock(
                request, options: CallOptions(timeout: .seconds(Self.timeoutSeconds)))
            if let answer, answer.outcomes.count == settlements.count { return answer.outcomes }
        }
        return nil
    }

    private func close(_ answer: Settlement.Answer, _ outcome: CommandOutcome) {
        switch (answer, outcome.outcome) {
        case (.decides(let command), .response(let receipt)?):
            for (sku, change) in command.changes {
                let name = self.plan.sku(sku)
                let version = receipt.items.first { $0.sku == name }?.version ?? 0
                self.book.with(sku) { item, _ in item.succeed(change, version: version) }
                self.book.know(version, of: sku)
            }
        case (.decides(let command), .refusal(let refusal)?) where command.kind == .release:
            self.findings.add(Finding(.finalStock, "\(command.reservation) is held, and \(refusal.message)"))
        case (.decides(let command), _), (.cancels(let command), .response?):
            for (sku, change) in command.changes { self.book.with(sku) { item, _ in item.fail(change) } }
        case (.cancels(let command), _):
            self.findings.add(Finding(.finalStock, "\(command.reservation) cannot be released: \(outcome)"))
        }
    }
}
