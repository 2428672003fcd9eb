internal import InventoryDomain
internal import Postgres

extension StockEngine {
    /// Carries out what time has brought about, each as a command of the service's own.
    ///
    /// Copies may send the same at once, under ids of their own: by what state it is in, nothing is done twice.
    ///
    /// - Returns: How many had an effect.
    func sweep(_ actions: [(brand: PostgresUUID, action: Action)]) async throws -> Int {
        let answers = BulkAnswers(count: actions.count)
        var generator = SystemRandomNumberGenerator()
        let commands = try actions.enumerated().map { place, swept in
            let id = PostgresUUID(high: generator.next(), low: generator.next())
            let command = try Command(
                id: try CommandID("expire-\(id)"), actor: "inventory-sweeper", action: swept.action)
            return PendingCommand(
                brand: swept.brand, command: command, traceParent: nil, receiver: answers, place: place)
        }
        self.submit(commands, isBulk: true)
        var effects = 0
        for answer in await answers.wait() {
            if case .accepted = answer { effects += 1 }
        }
        return effects
    }
}
