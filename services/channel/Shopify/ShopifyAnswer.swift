internal import ChannelAdapter
internal import FileFormats

/// What a call came to: the data or a fault, and what the answer said of the plan's points.
struct ShopifyAnswer: Sendable {
    /// The member `data`, where there is no fault.
    let data: Result<JSONValue, PlatformFault>
    /// Where the answer had them.
    let quota: QuotaObservation?

    /// Reads an answer and classifies what is wrong.
    ///
    /// - Parameter isMutation: Whether it may have been carried out where the platform failed.
    init(_ response: PlatformResponse, isMutation: Bool) {
        guard response.status == 200 else {
            self.init(Self.fault(of: response, isMutation: isMutation))
            return
        }
        guard let json = try? JSONValue(response.body[...]), case .object = json else {
            self.init(
                PlatformFault(
                    .retry, code: "answer-unreadable", "the answer is no JSON object", isOutcomeUnknown: isMutation))
            return
        }
        self.init(json, isMutation: isMutation)
    }

    /// Reads what a call gave, or a line of what a bulk operation did.
    init(_ json: JSONValue, isMutation: Bool) {
        let cost = ShopifyCost(json.at("extensions", "cost"))
        self.quota = cost?.observation
        if let fault = Self.fault(of: json, cost, isMutation: isMutation) {
            self.data = .failure(fault)
        } else if let data = json["data"] {
            self.data = .success(data)
        } else {
            self.data = .failure(
                PlatformFault(
                    .retry, code: "answer-unreadable", "the answer has neither data nor errors",
                    isOutcomeUnknown: isMutation))
        }
    }

    /// A call that did not come to an answer.
    init(_ fault: PlatformFault) {
        self.quota = nil
        self.data = .failure(fault)
    }

    /// The payload of a mutation, and what the platform says within it of data that it does not take.
    func payload(
        _ name: String, errors: String = "userErrors"
    ) -> (payload: Result<JSONValue, PlatformFault>, errors: [ShopifyUserError]) {
        switch self.data {
        case .failure(let fault): return (.failure(fault), [])
        case .success(let data):
            guard let payload = data[name], case .array(let list)? = payload[errors] else {
                let fault = PlatformFault(
                    .retry, code: "answer-unreadable", "the answer has no \(name) with \(errors)",
                    isOutcomeUnknown: true)
                return (.failure(fault), [])
            }
            return (.success(payload), list.map { ShopifyUserError($0) })
        }
    }

    var quotas: [QuotaObservation] { self.quota.map { [$0] } ?? [] }

    /// What several answers said of the plan's points, as one: what they cost together, and what the last one says is left.
    static func sum(_ quotas: [QuotaObservation]) -> [QuotaObservation] {
        guard var sum = quotas.last else { return [] }
        sum.cost = quotas.compactMap(\.cost).reduce(0, +)
        return [sum]
    }

    private static func fault(of response: PlatformResponse, isMutation: Bool) -> PlatformFault {
        let kind = ShopifyFaults.kind(ofStatus: response.status)
        let wait = response.header("Retry-After").flatMap { Self.milliseconds($0) }
        // A gateway that gives up says nothing of what stands behind it.
        let isUnknown = isMutation && (kind == .retry || kind == .unknown) && response.status != 423
        return PlatformFault(
            kind, code: "http-\(response.status)", "the platform answered with status \(response.status)",
            retryAfterMilliseconds: wait ?? (kind == .throttled ? ShopifyLimits.throttleMilliseconds : nil),
            isOutcomeUnknown: isUnknown)
    }

    /// Seconds as text, with or without a fraction.
    private static func milliseconds(_ text: String) -> Int64? {
        guard let seconds = Double(text), seconds.isFinite, (0...86_400).contains(seconds) else { return nil }
        return Int64((seconds * 1000).rounded(.up))
    }

    /// The first of the errors at the top of an answer that says most about what is to be done.
    private static func fault(of json: JSONValue, _ cost: ShopifyCost?, isMutation: Bool) -> PlatformFault? {
        // Where the token is refused before anything is read, the errors are one text.
        if let text = json["errors"]?.text {
            return PlatformFault(.unknown, code: "errors", ShopifyText.shortened(text))
        }
        let errors = json["errors"]?.elements ?? []
        let faults = errors.map { error in
            let code = error.at("extensions", "code")?.text ?? "errors"
            let kind = ShopifyFaults.kind(ofError: code)
            let isUnknown = isMutation && (kind == .retry || kind == .unknown)
            return PlatformFault(
                kind, code: code, ShopifyText.shortened(error["message"]?.text ?? ""),
                retryAfterMilliseconds: kind == .throttled
                    ? cost?.waitMilliseconds ?? ShopifyLimits.throttleMilliseconds : nil,
                isOutcomeUnknown: isUnknown)
        }
        let order: [PlatformFault.Kind] = [.stop, .reauthenticate, .throttled, .retry, .refused, .unknown]
        return order.lazy.compactMap { kind in faults.first { $0.kind == kind } }.first ?? faults.first
    }
}

/// What an answer says of the plan's points. They are counts, so binary fractions do no harm.
private struct ShopifyCost {
    let requested: Double?
    let actual: Double?
    let maximum: Double?
    let available: Double?
    let restoreRate: Double?

    init?(_ json: JSONValue?) {
        guard let json else { return nil }
        let number = { (value: JSONValue?) -> Double? in
            value?.digits.flatMap { Double($0) }.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
        }
        let status = json["throttleStatus"]
        self.requested = number(json["requestedQueryCost"])
        self.actual = number(json["actualQueryCost"])
        self.maximum = number(status?["maximumAvailable"])
        self.available = number(status?["currentlyAvailable"])
        self.restoreRate = number(status?["restoreRate"])
    }

    var observation: QuotaObservation {
        QuotaObservation(
            bucket: ShopifyAdapter.bucket, available: self.available, ratePerSecond: self.restoreRate,
            burst: self.maximum, cost: self.actual ?? self.requested)
    }

    /// How long it takes until there are points enough for the call; nil: the answer does not say.
    var waitMilliseconds: Int64? {
        guard let requested, let available, let restoreRate, restoreRate > 0 else { return nil }
        let seconds = min(86_400, max(0, (requested - available) / restoreRate))
        return max(1, Int64((seconds * 1000).rounded(.up)))
    }
}
