internal import ChannelAdapter

/// Whose calls of a day are counted, and where they are read.
struct EbayQuotaOwner: Sendable {
    let owner: EbayCall.Owner
    /// Of the token that reads them.
    let key: AccessTokens.Key

    /// Applications' quotas are read with their own token, sellers' with theirs.
    var call: EbayCall {
        var call = EbayCall("GET", "/developer/analytics/v1_beta/\(self.owner == .seller ? "user_" : "")rate_limit/")
        call.owner = self.owner
        return call
    }
}

extension EbaySession {
    /// Sends a call and reads its answer, where the platform's quotas leave one. A call that is refused for its number waits
    /// until the quota begins anew, if it is used up.
    func call(_ call: EbayCall) async -> EbayAnswer {
        guard let api = EbayQuotaReading.API(path: call.path), case .success(let settings) = self.settings else {
            return await self.send(call)
        }
        let owners = self.quotaOwners(of: call, settings)
        let now = self.clock()
        for owner in owners { self.quotas.readIfDue(owner.key, at: now) { await self.quotas(of: owner) } }
        if let end = self.quotas.end(of: api, owners.map(\.key), at: now) {
            return EbayAnswer(.quotaUsedUp(api, until: end, at: now))
        }
        let answer = await self.send(call)
        guard case .failure(let fault) = answer.body, fault.kind == .throttled, !answer.saysHowLong,
            let end = await self.end(ofRefused: api, owners)
        else { return answer }
        var waiting = PlatformFault.quotaUsedUp(api, until: end, at: self.clock())
        waiting.code = fault.code
        return EbayAnswer(waiting)
    }

    /// Until when a call that was refused for its number is to wait; nil: no quota is known to be used up.
    private func end(ofRefused api: EbayQuotaReading.API, _ owners: [EbayQuotaOwner]) async -> Int64? {
        let now = self.clock()
        return await withTaskGroup(of: Int64?.self) { group in
            for owner in owners {
                group.addTask {
                    let reading = await self.quotas.reading(of: owner.key, at: now) { await self.quotas(of: owner) }
                    return reading?.end(ofRefused: api, at: now)
                }
            }
            return await group.reduce(nil) { latest, end in [latest, end].compactMap { $0 }.max() }
        }
    }

    /// Nil: they cannot be read, which is no reason to refuse anything.
    private func quotas(of owner: EbayQuotaOwner) async -> EbayQuotaReading? {
        guard case .success(let body) = await self.send(owner.call).body else { return nil }
        return EbayQuotaReading(body, at: self.clock())
    }

    /// A seller's calls are an application's, too.
    private func quotaOwners(of call: EbayCall, _ settings: EbaySettings) -> [EbayQuotaOwner] {
        let owners: [EbayCall.Owner] = call.owner == .seller ? [.application, .seller] : [.application]
        return owners.map { EbayQuotaOwner(owner: $0, key: self.tokenCall($0, settings).key) }
    }
}

extension PlatformFault {
    /// No call is left of a day's.
    fileprivate static func quotaUsedUp(_ api: EbayQuotaReading.API, until end: Int64, at now: Int64) -> PlatformFault {
        PlatformFault(
            .throttled, code: "quota-used-up",
            "the platform's quota of \(api) is used up until \(PlatformTime.text(end))",
            retryAfterMilliseconds: max(0, end - now) / 1_000 + 1)
    }
}
