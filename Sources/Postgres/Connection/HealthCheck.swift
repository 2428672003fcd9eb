/// Asks an idle connection for an answer, so that one that was dropped on its way is found before somebody needs it.
enum HealthCheck {
    private static let ping = PostgresStatement("select 1", readOnly: true)

    /// Closes the connection when the answer does not come in time.
    ///
    /// - Parameter completion: Called once, after the answer or the close.
    static func run(on connection: Connection, milliseconds: Int, _ completion: @escaping (_ isHealthy: Bool) -> Void) {
        let timer = connection.reactor.timers.schedule(milliseconds: milliseconds) { [weak connection] in
            connection?.close(
                .connectionLost("no answer to a health check in \(milliseconds) ms", mayHaveCommitted: false))
        }
        // Who waits for answers must not cancel it at the server: the timer closes.
        let flight = Flight([PostgresCommand(Self.ping)], effect: .none, deadline: .max) { [weak connection] result in
            connection?.reactor.timers.cancel(timer)
            switch result {
            case .success: completion(true)
            case .failure(let error):
                connection?.close(error)
                completion(false)
            }
        }
        connection.send(flight)
    }
}
