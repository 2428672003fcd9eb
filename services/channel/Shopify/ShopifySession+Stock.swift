internal import ChannelAdapter
internal import FileFormats

extension ShopifySession {
    func pushStock(_ rows: [StockRow], key: String) async -> PushAnswer {
        guard rows.count <= ShopifyLimits.stockRows else {
            let fault = PlatformFault(
                .refused, code: "too-many-rows",
                "a call sets at most \(ShopifyLimits.stockRows) quantities, and there are \(rows.count)")
            return PushAnswer(outcomes: rows.map { RowOutcome(sku: $0.listing.sku, fault: fault) })
        }
        var quotas: [QuotaObservation] = []
        var location: Result<String, PlatformFault>?
        if rows.contains(where: { $0.listing.globalID("locationId", of: .location) == nil }) {
            let found = await self.location()
            location = found.id
            quotas += found.quotas
        }
        var push = ShopifyStockPush(rows, location: location)
        while let step = push.next() {
            switch step {
            case .set(let call):
                let input = push.input(of: call)
                let key = Self.idempotencyKey(key, input, attempt: call.attempt)
                let change = await self.change(
                    .setQuantities, "inventorySetQuantities",
                    .members([
                        "input": input.setting("referenceDocumentUri", to: .string("driveline://stock/\(key)")),
                        "key": .string(key),
                    ]))
                quotas += change.quotas
                push.answered(call, change.payload.map { _ in change.errors })
            case .activate(let place):
                let entry = push.entry(place)
                let content = JSONValue.members(["item": .string(entry.item), "location": .string(entry.location)])
                let change = await self.change(
                    .activateInventory, "inventoryActivate",
                    content.setting("key", to: .string(Self.idempotencyKey(key, content))))
                quotas += change.quotas
                push.activated(place, change.payload.map { _ in change.errors })
            }
        }
        return PushAnswer(outcomes: push.outcomes, quotas: ShopifyAnswer.sum(quotas))
    }
}

/// Which calls set the quantities of some rows, and what becomes of each row: without I/O.
///
/// The platform's documents leave open whether one bad entry refuses all of a call. It is taken to be so: where a call has
/// errors, entries that they name have their answer, and all others are sent again without them; where they name none, the
/// call is halved.
struct ShopifyStockPush {
    /// A row as the platform has it.
    struct Entry {
        let item: String
        let location: String
        let quantity: Int64
        /// What is compared with; nil: it is overwritten.
        var expected: Int64?
        /// Whether the item was made known at the location on the way.
        var isActivated = false
    }

    /// A call: places of rows, and how often it was sent under another key.
    struct Call: Hashable {
        var places: [Int]
        var attempt = 0
    }

    /// What is to be done next.
    enum Step {
        case set(Call)
        /// Makes the item of a row known at its location.
        case activate(Int)
    }

    private let rows: [StockRow]
    private var entries: [Int: Entry] = [:]
    private var faults: [Int: PlatformFault] = [:]
    private var done: Set<Int> = []
    private var steps: [Step] = []
    private var callsLeft = ShopifyLimits.stockCalls

    /// - Parameter location: The shop's own, where a row has none; nil: each row has one.
    init(_ rows: [StockRow], location: Result<String, PlatformFault>?) {
        self.rows = rows
        var seen: Set<String> = []
        for (place, row) in rows.enumerated() {
            switch Self.entry(of: row, location) {
            case .failure(let fault): self.faults[place] = fault
            case .success(let entry):
                if seen.insert("\(entry.item) \(entry.location)").inserted {
                    self.entries[place] = entry
                } else {
                    self.faults[place] = PlatformFault(
                        .refused, code: "duplicate-listing",
                        "another listing of the call has the same item of the platform at the same location")
                }
            }
        }
        let places = rows.indices.filter { self.entries[$0] != nil }
        if !places.isEmpty { self.steps = [.set(Call(places: places))] }
    }

    private static func entry(
        of row: StockRow, _ location: Result<String, PlatformFault>?
    ) -> Result<
        Entry, PlatformFault
    > {
        guard let item = row.listing.globalID("inventoryItemId", of: .inventoryItem) else {
            return .failure(.missingID("inventoryItemId"))
        }
        guard (0...ShopifyLimits.quantity).contains(row.quantity) else {
            return .failure(
                PlatformFault(
                    .refused, code: "quantity-out-of-range",
                    "the quantity is \(row.quantity); the platform takes 0 to \(ShopifyLimits.quantity)"))
        }
        let own = row.listing.globalID("locationId", of: .location).map { Result<String, PlatformFault>.success($0) }
        return (own ?? location ?? .failure(.missingID("locationId"))).map { location in
            let expected = row.expected.flatMap { abs($0) <= ShopifyLimits.quantity ? $0 : nil }
            return Entry(item: item, location: location, quantity: row.quantity, expected: expected)
        }
    }

    /// The row of a place that is sent; only of places that a step names.
    func entry(_ place: Int) -> Entry {
        self.entries[place] ?? Entry(item: "", location: "", quantity: 0, expected: nil)
    }

    /// What is to be done next; nil: that was all.
    mutating func next() -> Step? {
        guard !self.steps.isEmpty else { return nil }
        guard self.callsLeft > 0 else {
            self.fail(
                self.openPlaces,
                PlatformFault(
                    .retry, code: "refused-with-others",
                    "other rows of the call are refused, and \(ShopifyLimits.stockCalls) calls did not set them apart"))
            self.steps = []
            return nil
        }
        self.callsLeft -= 1
        return self.steps.removeFirst()
    }

    /// The variables of a call.
    func input(of call: Call) -> JSONValue {
        let quantities = call.places.map { place in
            let entry = self.entry(place)
            return JSONValue.members([
                "inventoryItemId": .string(entry.item), "locationId": .string(entry.location),
                "quantity": .integer(entry.quantity),
                // It must be there: without it the platform refuses the call.
                "changeFromQuantity": entry.expected.map { .integer($0) } ?? .null,
            ])
        }
        return .members([
            "reason": .string("correction"), "name": .string("available"), "quantities": .array(quantities),
        ])
    }

    /// Takes the answer to a call.
    mutating func answered(_ call: Call, _ answer: Result<[ShopifyUserError], PlatformFault>) {
        switch answer {
        case .failure(let fault):
            self.fail(call.places, fault)
            // What was not sent yet would come to the same, and has no unknown outcome.
            var unsent = fault
            unsent.isOutcomeUnknown = false
            self.fail(self.openPlaces, unsent)
            self.steps = []
        case .success(let errors) where errors.isEmpty: self.done.formUnion(call.places)
        case .success(let errors): self.divide(call, errors)
        }
    }

    /// Takes the answer about an item that was to be made known at its location.
    mutating func activated(_ place: Int, _ answer: Result<[ShopifyUserError], PlatformFault>) {
        switch answer {
        case .failure(let fault): self.faults[place] = fault
        case .success(let errors):
            if let error = errors.first {
                self.faults[place] = error.fault
                return
            }
            self.entries[place]?.isActivated = true
            // It begins with none there.
            self.entries[place]?.expected = 0
            self.steps.append(.set(Call(places: [place])))
        }
    }

    private mutating func divide(_ call: Call, _ errors: [ShopifyUserError]) {
        var named: Set<Int> = []
        for error in errors {
            guard let place = error.place(in: "quantities"), call.places.indices.contains(place) else { continue }
            let row = call.places[place]
            guard named.insert(row).inserted else { continue }
            if error.code == "ITEM_NOT_STOCKED_AT_LOCATION", self.entries[row]?.isActivated == false {
                self.steps.append(.activate(row))
            } else {
                self.faults[row] = error.fault
            }
        }
        let rest = call.places.filter { !named.contains($0) }
        if !named.isEmpty {
            if !rest.isEmpty { self.steps.insert(.set(Call(places: rest)), at: 0) }
            return
        }
        guard let error = errors.first else { return }
        if error.code == "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", call.attempt < ShopifyLimits.keyAttempts {
            self.steps.insert(.set(Call(places: call.places, attempt: call.attempt + 1)), at: 0)
        } else if call.places.count > 1, !ShopifyFaults.wholeCall.contains(error.code) {
            let half = call.places.count / 2
            self.steps.insert(.set(Call(places: Array(call.places[half...]))), at: 0)
            self.steps.insert(.set(Call(places: Array(call.places[..<half]))), at: 0)
        } else {
            self.fail(call.places, error.fault)
        }
    }

    private mutating func fail(_ places: [Int], _ fault: PlatformFault) {
        for place in places { self.faults[place] = fault }
    }

    /// Rows that have no answer yet.
    private var openPlaces: [Int] {
        self.rows.indices.filter { self.faults[$0] == nil && !self.done.contains($0) }
    }

    /// What became of each row, in their order.
    var outcomes: [RowOutcome] {
        self.rows.enumerated().map { place, row in
            var ids: [String: String] = [:]
            // A location that was asked for is kept, so that it is not asked for again.
            if row.listing.ids["locationId"] == nil { ids["locationId"] = self.entries[place]?.location }
            let isDone = self.done.contains(place)
            let fault = self.faults[place] ?? (isDone ? nil : .notAnswered)
            return RowOutcome(sku: row.listing.sku, fault: fault, ids: fault == nil ? ids : [:])
        }
    }
}

extension PlatformFault {
    /// A listing that is not matched yet.
    static func missingID(_ name: String) -> PlatformFault {
        PlatformFault(
            .refused, code: "id-missing",
            "the listing has no valid \(name) of the platform; it is found by matching listings, or set by hand")
    }

    /// A row that the answer says nothing of.
    static let notAnswered = PlatformFault(
        .retry, code: "not-answered", "the platform's answer says nothing of the row", isOutcomeUnknown: true)
}
