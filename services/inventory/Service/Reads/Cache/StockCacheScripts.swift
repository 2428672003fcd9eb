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

    /// Settles that items have at least these versions. ARGV: for each key its version, as entries have it, and its entry, or
    /// nothing.
    ///
    /// An older item gives way to the entry, or goes where there is none. A token goes: who holds it may have read before
    /// the change. It is not replaced by the entry, since of two changes the older one may come last. What is not there is
    /// not added. Where Redis has no memory left for the entry, the older item goes all the same.
    ///
    /// All is looked up by one command, versions are compared as the digits that they are, and an entry lives as long as the
    /// one before would have: each spares Redis much of what a key costs.
    static let settle = RedisScript(
        """
        local held = redis.call('MGET', unpack(KEYS))
        local going = {}
        for i = 1, #KEYS do
            local version = held[i] and string.byte(held[i]) == 86 and string.sub(held[i], 2, 17)
            local entry = ARGV[2 * i]
            if not version or not (version < ARGV[2 * i - 1] or tonumber(version, 10)) then
                going[#going + 1] = KEYS[i]
            elseif version < ARGV[2 * i - 1] then
                if entry == '' or redis.pcall('SET', KEYS[i], entry, 'KEEPTTL').err then
                    going[#going + 1] = KEYS[i]
                end
            end
        end
        if #going > 0 then redis.call('DEL', unpack(going)) end
        return redis.status_reply('OK')
        """)
}
