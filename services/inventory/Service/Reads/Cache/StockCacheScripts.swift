internal import Redis

/// What is done to entries within Redis, so that nothing comes between looking and changing.
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
}
