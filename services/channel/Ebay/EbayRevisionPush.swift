internal import ChannelAdapter
internal import FileFormats

/// Which calls set quantities or prices of some rows, and what becomes of each row: without I/O.
///
/// The platform's documents leave open how many items a call may have, and whether one bad row refuses all of it. A call
/// that is refused as a whole is halved, so both come to the same; rows that have an answer of their own keep it.
struct EbayRevisionPush {
    /// A row as it is sent.
    struct Entry: Sendable {
        let sku: String
        /// Empty: the row changes no offer.
        let offerID: String
        /// What the platform is sent for it.
        var request: JSONValue
        /// What it is sent where a quantity of zero is not taken; nil: nothing else.
        var withoutOffer: JSONValue?
    }

    private let skus: [String]
    private var entries: [Int: Entry] = [:]
    private var faults: [Int: PlatformFault] = [:]
    private var done: Set<Int> = []
    private var calls: [[Int]] = []
    private var callsLeft = EbayLimits.revisionCalls

    /// - Parameters:
    ///   - skus: Ours, of the rows.
    ///   - entries: Of each row, or why it is not sent.
    ///   - rows: The most rows of a call.
    init(_ skus: [String], _ entries: [Result<Entry, PlatformFault>], rows: Int) {
        self.skus = skus
        var seen: Set<String> = []
        for (place, entry) in entries.enumerated() {
            switch entry {
            case .failure(let fault): self.faults[place] = fault
            case .success(let entry):
                // One call may have each item and each offer only once.
                let isNew = seen.insert("s\(entry.sku)").inserted
                if isNew, entry.offerID.isEmpty || seen.insert("o\(entry.offerID)").inserted {
                    self.entries[place] = entry
                } else {
                    self.faults[place] = PlatformFault(
                        .refused, code: "duplicate-listing",
                        "another listing of the call has the same SKU or offer of the platform")
                }
            }
        }
        let places = skus.indices.filter { self.entries[$0] != nil }
        self.calls = stride(from: 0, to: places.count, by: max(1, rows)).map { start in
            Array(places[start..<min(start + max(1, rows), places.count)])
        }
    }

    /// The rows of the next call; nil: that was all.
    mutating func next() -> [Int]? {
        guard !self.calls.isEmpty else { return nil }
        guard self.callsLeft > 0 else {
            self.end(
                PlatformFault(
                    .retry, code: "refused-with-others",
                    "other rows of the call are refused, and \(EbayLimits.revisionCalls) calls did not set them apart"))
            return nil
        }
        self.callsLeft -= 1
        return self.calls.removeFirst()
    }

    /// What is sent for some rows.
    func body(of places: [Int]) -> JSONValue {
        .members(["requests": .array(places.compactMap { self.entries[$0]?.request })])
    }

    /// Takes the answer to a call.
    mutating func answered(_ places: [Int], _ answer: Result<JSONValue, PlatformFault>) {
        switch answer {
        case .failure(let fault) where fault.kind == .refused && places.count > 1:
            let half = places.count / 2
            self.calls.insert(Array(places[half...]), at: 0)
            self.calls.insert(Array(places[..<half]), at: 0)
        case .failure(let fault) where fault.kind == .refused: self.refused(places[0], fault)
        case .failure(let fault):
            for place in places { self.faults[place] = fault }
            // What was not sent yet would come to the same, and has no unknown outcome.
            var unsent = fault
            unsent.isOutcomeUnknown = false
            self.end(unsent)
        case .success(let body):
            let responses = body["responses"]?.elements ?? []
            for place in places { self.take(place, responses) }
        }
    }

    /// A row is done when each answer about it says so, and there is one.
    private mutating func take(_ place: Int, _ responses: [JSONValue]) {
        guard let entry = self.entries[place] else { return }
        let own = responses.filter { response in
            if let offer = response["offerId"]?.digits, !offer.isEmpty, !entry.offerID.isEmpty {
                return offer == entry.offerID
            }
            return response["sku"]?.text == entry.sku
        }
        guard !own.isEmpty else {
            self.faults[place] = .notAnswered
            return
        }
        let faults = own.compactMap { Self.fault(of: $0) }
        if let fault = faults.mostTelling {
            self.refused(place, fault)
        } else {
            self.done.insert(place)
        }
    }

    /// What is wrong with one row of an answer; nil: nothing. Warnings come with what was done.
    static func fault(of response: JSONValue) -> PlatformFault? {
        guard let status = response["statusCode"]?.integer.flatMap({ Int(exactly: $0) }) else {
            return .unreadable("a row of the answer has no status", isOutcomeUnknown: true)
        }
        let errors = Self.errors(of: response)
        let isSuccess = (200..<300).contains(status)
        if isSuccess, errors.isEmpty { return nil }
        var faults = errors.compactMap { EbayError($0)?.fault(status: status) }
        if isSuccess, faults.count < errors.count {
            faults.append(.unreadable("a row of the answer has an error that cannot be read", isOutcomeUnknown: true))
        }
        var fault =
            faults.mostTelling
            ?? PlatformFault(
                EbayFaults.kind(ofStatus: status), code: "http-\(status)", "the row has status \(status)")
        if fault.kind == .throttled { fault.retryAfterMilliseconds = EbayLimits.throttleMilliseconds }
        if status >= 500, fault.kind == .retry || fault.kind == .unknown { fault.isOutcomeUnknown = true }
        return fault.kind == .doneAlready ? nil : fault
    }

    /// The errors of a row, whether they can be read or not.
    private static func errors(of response: JSONValue) -> [JSONValue] {
        guard let errors = response["errors"] else { return [] }
        if case .array(let list) = errors { return list }
        return [errors]
    }

    private mutating func refused(_ place: Int, _ fault: PlatformFault) {
        if fault.code == "\(EbayFaults.invalidQuantity)", let entry = self.entries[place],
            let request = entry.withoutOffer
        {
            self.entries[place] = Entry(sku: entry.sku, offerID: "", request: request, withoutOffer: nil)
            self.calls.append([place])
        } else {
            self.faults[place] = fault
        }
    }

    /// Ends it: what has no answer yet has this one.
    private mutating func end(_ fault: PlatformFault) {
        for place in self.skus.indices where self.faults[place] == nil && !self.done.contains(place) {
            self.faults[place] = fault
        }
        self.calls = []
    }

    /// What became of each row, in their order.
    var outcomes: [RowOutcome] {
        self.skus.enumerated().map { place, sku in
            let fault = self.faults[place] ?? (self.done.contains(place) ? nil : .notAnswered)
            return RowOutcome(sku: sku, fault: fault)
        }
    }
}
