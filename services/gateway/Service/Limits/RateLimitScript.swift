internal import GatewayDomain
internal import Redis

/// The bucket that all gateways share, kept in Redis by one script, so that no two leases come between each other.
///
/// It goes by Redis' own clock: those of the gateways may differ. A key of another type, which is none of ours, counts as
/// a full bucket.
enum RateLimitScript {
    /// Leases tokens. KEYS: the bucket. ARGV: tokens per second, burst, tokens wanted. Returns the tokens granted, the
    /// whole tokens left, and the microseconds until there is one where none was granted.
    ///
    /// Amounts are kept in millionths of a token, so that a microsecond at a rate of one a second is a whole number.
    static let lease = RedisScript(
        """
        local rate, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]) * 1000000, tonumber(ARGV[3])
        local time = redis.call('TIME')
        local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
        local tokens, at = burst, now
        local held = redis.pcall('HMGET', KEYS[1], 'tokens', 'at')
        if held.err then
            redis.call('DEL', KEYS[1])
        elseif held[1] and held[2] then
            tokens, at = tonumber(held[1]) or burst, tonumber(held[2]) or now
        end
        if now > at then tokens = math.min(burst, tokens + (now - at) * rate) else now = at end
        local granted = math.min(wanted, math.floor(tokens / 1000000))
        tokens = tokens - granted * 1000000
        redis.call('HSET', KEYS[1], 'tokens', string.format('%.0f', tokens), 'at', string.format('%.0f', now))
        redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate / 1000) + 1000)
        local wait = 0
        if granted == 0 then wait = math.ceil((1000000 - tokens) / rate) end
        return {granted, math.floor(tokens / 1000000), wait}
        """)

    /// What a bucket is called in Redis.
    static func key(_ caller: String, _ routeClass: RouteClass) -> String {
        "gateway:limit:\(routeClass.rawValue):\(caller)"
    }

    /// What the script answered; `nil` where it could not be asked, or answered something else.
    static func lease(_ outcome: borrowing RedisOutcome) -> LeasedBucket.Lease? {
        guard let replies = try? outcome.get(), replies.count == 1 else { return nil }
        let reply = replies[0]
        guard reply.count == 3, let granted = reply[0].integer, let remaining = reply[1].integer,
            let wait = reply[2].integer
        else { return nil }
        return LeasedBucket.Lease(
            granted: Int(clamping: granted), remaining: Int(clamping: remaining),
            waitNanoseconds: UInt64(clamping: min(wait, 1_000_000_000)) * 1_000)
    }
}
