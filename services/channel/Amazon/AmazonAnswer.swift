internal import ChannelAdapter
internal import FileFormats

/// What a call came to: its body or a fault, and what the answer said of the operation's limit.
struct AmazonAnswer: Sendable {
    static let rateHeader = "x-amzn-RateLimit-Limit"
    static let requestHeader = "x-amzn-RequestId"

    /// The body, where there is no fault; ``JSONValue/null`` where the platform answers with none.
    let data: Result<JSONValue, PlatformFault>
    /// What the call took from its bucket, and the bucket's rate where the answer had it.
    var quota: QuotaObservation

    /// Reads an answer and classifies what is wrong.
    init(_ response: PlatformResponse, to operation: AmazonOperation) {
        let rate = response.header(Self.rateHeader).flatMap { Self.rate($0) }
        self.quota = QuotaObservation(
            bucket: operation.name, available: response.status == 429 ? 0 : nil, ratePerSecond: rate, cost: 1)
        guard (200...299).contains(response.status) else {
            self.data = .failure(Self.fault(of: response, to: operation, rate: rate))
            return
        }
        if response.body.isEmpty {
            self.data = .success(.null)
        } else if let json = try? JSONValue(response.body[...]) {
            // Some answers of success have errors beside what was done, or in its place.
            let hasErrors = json["errors"].map { $0 != .array([]) } ?? false
            self.data = hasErrors ? .failure(Self.fault(of: response, to: operation, rate: rate)) : .success(json)
        } else {
            self.data = .failure(.unreadable("the answer is no JSON", isChange: operation.isChange))
        }
    }

    /// A call that did not come to an answer.
    init(_ fault: PlatformFault, to operation: AmazonOperation) {
        self.data = .failure(fault)
        self.quota = QuotaObservation(bucket: operation.name, cost: fault.isUnreached ? 0 : 1)
    }

    /// Several observations as one for each bucket: what the calls cost together, and the last rate that was said.
    static func sum(_ quotas: [QuotaObservation]) -> [QuotaObservation] {
        var sums: [QuotaObservation] = []
        for quota in quotas {
            guard let place = sums.firstIndex(where: { $0.bucket == quota.bucket }) else {
                sums.append(quota)
                continue
            }
            sums[place].cost = (sums[place].cost ?? 1) + (quota.cost ?? 1)
            sums[place].ratePerSecond = quota.ratePerSecond ?? sums[place].ratePerSecond
            sums[place].available = quota.available ?? sums[place].available
        }
        return sums
    }

    private static func fault(
        of response: PlatformResponse, to operation: AmazonOperation, rate: Double?
    ) -> PlatformFault {
        let json = try? JSONValue(response.body[...])
        let error = json?["errors"]?.elements.first
        let code = error?["code"]?.digits
        let kind = AmazonFaults.kind(status: response.status, code: code)
        var message = error?["message"]?.text ?? "the platform answered with status \(response.status)"
        if let details = error?["details"]?.text, !details.isEmpty, details != message { message += ": \(details)" }
        // It is what the platform's support asks for.
        if let request = response.header(Self.requestHeader) { message += " [request \(request)]" }
        let wait = response.header("Retry-After").flatMap { Self.milliseconds($0) }
        return PlatformFault(
            kind, code: code.map { AmazonText.shortened($0, toBytes: 64) } ?? "http-\(response.status)",
            AmazonText.shortened(message),
            retryAfterMilliseconds: wait ?? (kind == .throttled ? Self.wait(operation, rate) : nil),
            isOutcomeUnknown: operation.isChange && (kind == .retry || kind == .unknown))
    }

    /// How long one token takes to come back; the platform says the rate, and not when.
    private static func wait(_ operation: AmazonOperation, _ rate: Double?) -> Int64 {
        rate.map { Int64((1_000 / $0).rounded(.up)) } ?? operation.tokenMilliseconds
    }

    private static func rate(_ text: String) -> Double? {
        guard let rate = Double(text), rate.isFinite, (0.0001...100_000).contains(rate) else { return nil }
        return rate
    }

    /// Seconds as text, with or without a fraction.
    private static func milliseconds(_ text: String) -> Int64? {
        guard let seconds = Double(text), seconds.isFinite, (0...86_400).contains(seconds) else { return nil }
        return Int64((seconds * 1000).rounded(.up))
    }
}
