internal import ChannelDomain

/// Keeps what this process has taken from being given to others, for as long as it works on it: so what a killed process
/// had is free again soon, and who is only slow keeps it.
enum ClaimRenewal {
    /// Works, and renews meanwhile.
    ///
    /// - Parameters:
    ///   - milliseconds: From one renewal to the next.
    ///   - renew: What it throws is passed over: the next one may succeed, and a claim that was lost is noticed at the end.
    static func renewing<Value: Sendable, Failure>(
        every milliseconds: Int64 = InboundLimits.renewalMilliseconds,
        _ renew: @escaping @Sendable () async throws -> Void, during work: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        async let _: Void = self.renew(every: milliseconds, renew)
        return try await work()
    }

    private static func renew(every milliseconds: Int64, _ renew: @Sendable () async throws -> Void) async {
        while (try? await Task.sleep(for: .milliseconds(milliseconds))) != nil { try? await renew() }
    }
}
