internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop
internal import Synchronization

/// The calls of a day, by shop and interface. They begin anew with the process.
final class CallCounts: Sendable {
    private static let daySeconds: Int64 = 86_400

    private struct Entry: Hashable {
        let shop: String
        let area: EbayArea
    }

    private let counts = Mutex<(day: Int64, calls: [Entry: Int])>((0, [:]))

    /// Counts a call.
    ///
    /// - Returns: Whether it is within the limit.
    func add(_ area: EbayArea, of shop: String, limit: Int) -> Bool {
        self.counts.withLock { counts in
            Self.begin(&counts)
            let entry = Entry(shop: shop, area: area)
            let calls = counts.calls[entry, default: 0]
            guard calls < limit else { return false }
            counts.calls[entry] = calls + 1
            return true
        }
    }

    private func count(_ area: EbayArea, of shop: String) -> Int {
        self.counts.withLock { counts in
            Self.begin(&counts)
            return counts.calls[Entry(shop: shop, area: area), default: 0]
        }
    }

    private static func begin(_ counts: inout (day: Int64, calls: [Entry: Int])) {
        let day = Moment.now().seconds / Self.daySeconds
        if counts.day != day { counts = (day, [:]) }
    }

    /// The calls of a day that are taken.
    static func limit(_ area: EbayArea, _ faults: Faults) -> Int {
        faults.limitsEnabled ? faults.limitPoints : area.callsPerDay
    }

    /// Answers who asks for limits.
    func answer(_ request: EbayRequest, of shop: String, _ faults: Faults) throws(EbayRefusal) -> EbayAnswer {
        guard request.method == "GET", ["rate_limit", "user_rate_limit"].contains(request.path.dropFirst(3).first)
        else { throw EbayRefusal(2002) }
        let reset = (Moment.now().seconds / Self.daySeconds + 1) * Self.daySeconds
        let (context, name) = (request.field("api_context"), request.field("api_name"))
        let areas = EbayArea.allCases.filter { area in
            (context ?? area.prefix[0]).lowercased() == area.prefix[0]
                && (name ?? area.rawValue).lowercased() == area.rawValue
        }
        return EbayAnswer(
            200,
            [
                "rateLimits": .array(
                    areas.map { area in
                        let (limit, count) = (Self.limit(area, faults), self.count(area, of: shop))
                        return [
                            "apiContext": .string(area.prefix[0]), "apiName": .string(area.rawValue),
                            "apiVersion": .string(
                                area.prefix.count > 2 && area != .cancellation ? area.prefix[2] : "v2"),
                            "resources": [
                                [
                                    "name": .string("\(area.prefix[0]).\(area.rawValue)"),
                                    "rates": [
                                        [
                                            "count": .number(count), "limit": .number(limit),
                                            "remaining": .number(max(0, limit - count)),
                                            "reset": .string(EbayTime.text(Moment(milliseconds: reset * 1_000))),
                                            "timeWindow": .integer(Self.daySeconds),
                                        ]
                                    ],
                                ]
                            ],
                        ]
                    })
            ])
    }
}

/// Times as eBay writes them.
enum EbayTime {
    /// As `2026-04-01T09:30:00.000Z`.
    static func text(_ moment: Moment) -> String {
        let rest = String(moment.milliseconds % 1_000)
        return "\(moment.text.dropLast()).\(String(repeating: "0", count: 3 - rest.count))\(rest)Z"
    }
}
