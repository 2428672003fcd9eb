internal import Redis

/// What is done to entries within Redis, so that nothing comes between looking and changing.
///
/// A key of another type, which is none of ours, counts as an entry that is older than any.
enum StockCacheScripts {
    /// Puts items where the caller's token still stands. ARGV: the token, the time to live in milliseconds, and for each
    /// key its entry. Returns how many were put.
    static let fill = RedisScript(
        """
        local filled = 0
        for i = 1, #KEYS do
            if redis.pcall('GET', KEYS[i]) == ARGV[1] then
                redis.call('SET', KEYS[i], ARGV[i + 2], 'PX', ARGV[2])
                filled = filled + 1
            end
        end
        return filled
        """)

    /// Settles that items have at least these versions. ARGV: the time to live in milliseconds, and for each key its version
    /// and its entry, or nothing.
    ///
    /// An older item gives way to the entry, or goes where there is none. A token goes: who holds it may have read before
    /// the change. It is not replaced by the entry, since of two changes the older one may come last. What is not there is
    /// not added. Where Redis has no memory left for the entry, the older item goes all the same.
    static let settle = RedisScript(
        """
        for i = 1, #KEYS do
            local held = redis.pcall('GET', KEYS[i])
            if held then
                local version = nil
                if type(held) == 'string' and string.byte(held) == 86 then
                    version = tonumber(string.sub(held, 2, 17), 10)
                end
                local entry = ARGV[2 * i + 1]
                if not version then
                    redis.call('DEL', KEYS[i])
                elseif version < tonumber(ARGV[2 * i]) then
                    if entry == '' then
                        redis.call('DEL', KEYS[i])
                    else
                        local put = redis.pcall('SET', KEYS[i], entry, 'PX', ARGV[1])
                        if put.err then redis.call('DEL', KEYS[i]) end
                    end
                end
            end
        end
        return redis.status_reply('OK')
        """)
}
