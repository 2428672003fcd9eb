/// The first commands on every connection: who we are, which database, and which process answers.
struct Greeting {
    let batch: RedisBatch

    init(_ configuration: RedisConfiguration) {
        var batch = RedisBatch()
        if let password = configuration.password {
            if let user = configuration.user {
                batch.append("AUTH", user, password)
            } else {
                batch.append("AUTH", password)
            }
        }
        if configuration.database != 0 { batch.append("SELECT", configuration.database) }
        batch.append("INFO", "server")
        self.batch = batch
    }

    /// What the server said.
    ///
    /// - Returns: The run id of its process; `nil` where the user may not ask for it.
    /// - Throws: The server's refusal, or why there was no answer.
    static func runID(from outcome: borrowing RedisOutcome) throws(RedisError) -> String? {
        let replies = try outcome.get()
        for index in 0..<(replies.count - 1) {
            if let error = replies[index].error { throw error }
        }
        let info = replies[replies.count - 1].copy()
        if case .error(let error) = info {
            guard error.word == "NOPERM" else { throw error }
            return nil
        }
        let lines = try info.string().split(whereSeparator: \.isNewline)
        return lines.first { $0.hasPrefix("run_id:") }.map { String($0.dropFirst(7)) }
    }
}
