extension RedisClient {
    /// Sends one command.
    ///
    /// - Parameter name: Such as `GET`. A name of two words is a name and an argument: `("SCRIPT", "FLUSH")`.
    /// - Throws: ``RedisError``, the server's refusal included.
    @inlinable
    public func send<each Argument: RedisArgument>(
        _ name: StaticString, _ arguments: repeat each Argument
    ) async throws(RedisError) -> RedisReply {
        var batch = RedisBatch()
        batch.append(name, repeat each arguments)
        return try await self.sendOne(batch)
    }

    /// Sends one command with as many arguments as there are, such as `MGET`.
    ///
    /// - Throws: ``RedisError``, the server's refusal included.
    @inlinable
    public func send<Argument: RedisArgument>(
        _ name: StaticString, arguments: some Collection<Argument>
    ) async throws(RedisError) -> RedisReply {
        var batch = RedisBatch()
        batch.append(name, arguments: arguments)
        return try await self.sendOne(batch)
    }

    @usableFromInline
    func sendOne(_ batch: RedisBatch) async throws(RedisError) -> RedisReply {
        try await self.send(batch) { (replies) throws(RedisError) in
            let reply = replies[0].copy()
            if case .error(let error) = reply { throw error }
            return reply
        }
    }

    /// Sends a batch.
    ///
    /// - Returns: A reply for each command, in their order; what the server refused is an error there.
    /// - Throws: ``RedisError`` where there are no replies.
    public func send(_ batch: RedisBatch) async throws(RedisError) -> [RedisReply] {
        guard batch.count > 0 else { return [] }
        return try await self.send(batch) { (replies) throws(RedisError) in
            var copies: [RedisReply] = []
            copies.reserveCapacity(replies.count)
            for index in 0..<replies.count { copies.append(replies[index].copy()) }
            return copies
        }
    }

    /// The value of a key; `nil` where there is none.
    ///
    /// - Throws: ``RedisError``, with the word `WRONGTYPE` where the key holds something else than a value.
    public func get(_ key: some RedisArgument) async throws(RedisError) -> [UInt8]? {
        try await self.send(
            encoding: { $0.append("GET", key) },
            { (replies) throws(RedisError) in
                let reply = replies[0]
                guard reply.kind == .bytes else { return try reply.copy().optionalBytes() }
                return reply.bytes.withUnsafeBytes { [UInt8]($0) }
            })
    }

    /// Sets the value of a key.
    ///
    /// - Parameter lifetimeMilliseconds: After which the key goes, at least 1; `nil` is never.
    /// - Throws: ``RedisError``
    public func set(
        _ key: some RedisArgument, _ value: some RedisArgument, lifetimeMilliseconds: Int? = nil
    ) async throws(RedisError) {
        if let lifetimeMilliseconds {
            _ = try await self.send("SET", key, value, "PX", lifetimeMilliseconds)
        } else {
            _ = try await self.send("SET", key, value)
        }
    }

    /// Publishes a message to a channel.
    ///
    /// - Returns: How many subscribers of this server got it.
    /// - Throws: ``RedisError``
    @discardableResult
    public func publish(_ message: some RedisArgument, to channel: String) async throws(RedisError) -> Int64 {
        try await self.send("PUBLISH", channel, message).integer()
    }

    /// Runs a script by its digest, and by its source where the server does not have it.
    ///
    /// - Parameters:
    ///   - keys: All keys that the script touches.
    ///   - arguments: What else it is told.
    /// - Throws: ``RedisError``, the script's own error included.
    public func evaluate<Key: RedisArgument, Argument: RedisArgument>(
        _ script: RedisScript, keys: [Key], arguments: [Argument]
    ) async throws(RedisError) -> RedisReply {
        var byDigest = RedisBatch()
        byDigest.append(script, keys: keys, arguments: arguments)
        do throws(RedisError) {
            return try await self.sendOne(byDigest)
        } catch {
            guard error.word == "NOSCRIPT" else { throw error }
        }
        var bySource = RedisBatch()
        bySource.appendCall("EVAL", script.source, keys, arguments)
        return try await self.sendOne(bySource)
    }

    /// Asks the server for an answer: whether it is there, for readiness.
    ///
    /// - Throws: ``RedisError``
    public func check() async throws(RedisError) { _ = try await self.send("PING") }
}
