public import OrderMessages
public import Refusals

extension OrderState {
    /// Units of a return have arrived.
    ///
    /// Also behind its deadline: a parcel that is there is a fact.
    ///
    /// - Throws: ``OrderRefusal`` with `returnNotFound`, `stateNotAllowed`, `unknownLine`, `quantityExceeded`,
    ///   `dateOutOfRange`, `invalidValue` or `tooMany`.
    public mutating func receiveReturn(
        _ place: Int, _ request: ReceiveReturnRequest, at moment: OrderMoment
    ) throws(OrderRefusal) {
        var goods = try self.goods(place, for: .receive)
        guard !request.receipts.isEmpty else {
            throw OrderRefusal(.invalidValue, field: "receipts", "is empty", expected: "the units that arrived")
        }
        try Return.checkSteps(goods.receipts.count, request.receipts.count, "receipts")
        var order = self.order
        for (number, receipt) in request.receipts.enumerated() {
            let field = "receipts[\(number)]"
            let line = try goods.place(ofLine: receipt.lineID, field: "\(field).lineId")
            try Return.check(receipt.quantity, at: receipt.locationID, field: field)
            let open = goods.lines[line].quantity - goods.lines[line].received
            guard receipt.quantity <= open else {
                throw .quantityExceeded(
                    receipt.quantity, of: open, "authorised and not received", field: "\(field).quantity")
            }
            var kept = receipt
            kept.at = try moment.past(receipt.at, field: "\(field).at")
            goods.lines[line].received += receipt.quantity
            goods.receipts.append(kept)
            if !goods.isCore { try order.takeBack(receipt, field: field) }
        }
        goods.status = goods.counted
        self.order = order
        self.returns[place] = goods
        let units = request.receipts.reduce(Int64(0)) { $0.addingClamped($1.quantity) }
        self.append(.return, subject: order.returnID(place), "\(units) units came back")
    }

    /// Says what units that arrived are, and has stock follow.
    ///
    /// - Throws: ``OrderRefusal`` with `returnNotFound`, `stateNotAllowed`, `unknownLine`, `quantityExceeded`,
    ///   `invalidValue` or `tooMany`.
    public mutating func gradeReturn(_ place: Int, _ request: GradeReturnRequest) throws(OrderRefusal) {
        var goods = try self.goods(place, for: .grade)
        guard !request.gradings.isEmpty else {
            throw OrderRefusal(.invalidValue, field: "gradings", "is empty", expected: "the units that were looked at")
        }
        try Return.checkSteps(goods.gradings.count, request.gradings.count, "gradings")
        var effects: [OrderEffect] = []
        for (number, grading) in request.gradings.enumerated() {
            let field = "gradings[\(number)]"
            let line = try goods.place(ofLine: grading.lineID, field: "\(field).lineId")
            try Return.check(grading.quantity, at: grading.locationID, field: field)
            try goods.check(grading, field: field)
            let open = goods.ungraded(ofLine: grading.lineID, at: grading.locationID)
            guard grading.quantity <= open else {
                throw .quantityExceeded(
                    grading.quantity, of: open, "received at \(grading.locationID) and not graded",
                    field: "\(field).quantity")
            }
            goods.lines[line].graded += grading.quantity
            goods.gradings.append(grading)
            effects += self.order.effects(of: grading)
        }
        goods.status = goods.counted
        let credit = try ReturnCredit(ofGraded: goods, in: self).amount
        goods.refundable = Decimal(
            micros: self.order.roundedDown(max(0, credit - (goods.restockingFee?.micros ?? 0))))
        self.returns[place] = goods
        self.append(.return, subject: self.order.returnID(place), "Graded: \(request.gradings.text)")
        for effect in effects { self.require(effect) }
    }
}

extension Return {
    /// The most receipts of a return, and the most gradings.
    static let maximumSteps = 1000

    fileprivate static func checkSteps(_ count: Int, _ more: Int, _ what: String) throws(OrderRefusal) {
        guard count + more <= Self.maximumSteps else {
            throw OrderRefusal(
                .tooMany, field: what, "are more than a return can have beside the \(count) that it has",
                expected: "at most \(Self.maximumSteps) in all")
        }
    }

    fileprivate static func check(_ quantity: Int64, at location: String, field: String) throws(OrderRefusal) {
        try OrderRefusal.checkQuantity(quantity, field: "\(field).quantity")
        guard !location.isEmpty else {
            throw OrderRefusal(
                .invalidValue, field: "\(field).locationId", "is missing", expected: "where the units are")
        }
    }

    fileprivate func place(ofLine id: String, field: String) throws(OrderRefusal) -> Int {
        guard let place = self.lines.firstIndex(where: { $0.lineID == id }) else {
            let some = self.lines.prefix(5).map(\.lineID.debugDescription).joined(separator: ", ")
            throw OrderRefusal(
                .unknownLine, field: field, "is \(id.debugDescription), and the return has no such line",
                expected: "a line of the return, such as \(some)")
        }
        return place
    }

    /// Units of a line that a location has received and nobody has looked at.
    fileprivate func ungraded(ofLine id: String, at location: String) -> Int64 {
        let received = self.receipts.reduce(Int64(0)) {
            $1.lineID == id && $1.locationID == location ? $0.addingClamped($1.quantity) : $0
        }
        return self.gradings.reduce(received) {
            $1.lineID == id && $1.locationID == location ? $0 - $1.quantity : $0
        }
    }

    fileprivate func check(_ grading: ReturnGrading, field: String) throws(OrderRefusal) {
        switch grading.grade {
        case .a, .b, .c, .d: break
        case .unspecified, .unrecognized:
            throw OrderRefusal(
                .invalidValue, field: "\(field).grade", "is none that is known", expected: "A, B, C or D")
        }
        switch grading.disposition {
        case .restock where self.isCore:
            throw OrderRefusal(
                .invalidValue, field: "\(field).disposition", "puts an old part on the shelf, to be sold",
                expected: "quarantine, scrap, return to vendor or rebuild")
        case .restock where grading.grade == .d:
            throw OrderRefusal(
                .invalidValue, field: "\(field).disposition", "puts what is damaged on the shelf, to be sold",
                expected: "quarantine, scrap, return to vendor or rebuild")
        case .restock, .quarantine, .scrap, .returnToVendor, .rebuild: break
        case .unspecified, .unrecognized:
            throw OrderRefusal(
                .invalidValue, field: "\(field).disposition", "is none that is known",
                expected: "restock, quarantine, scrap, return to vendor or rebuild")
        }
        guard grading.coreSku.isEmpty || self.isCore else {
            throw OrderRefusal(
                .invalidValue, field: "\(field).coreSku", "names an old part, and the return is none of cores",
                expected: "nothing")
        }
    }
}

extension Order {
    /// Counts units that came back.
    fileprivate mutating func takeBack(_ receipt: ReturnReceipt, field: String) throws(OrderRefusal) {
        let place = try self.place(ofLine: receipt.lineID, field: "\(field).lineId")
        let open = self.items[place].shipped - self.items[place].returned
        guard receipt.quantity <= open else {
            throw .quantityExceeded(receipt.quantity, of: open, "shipped and not back", field: "\(field).quantity")
        }
        self.items[place].returned += receipt.quantity
    }

    /// What stock is to do for graded units: of a kit, for its components.
    fileprivate func effects(of grading: ReturnGrading) -> [OrderEffect] {
        guard let item = self.items.first(where: { $0.lineID == grading.lineID }) else { return [] }
        let sku = grading.coreSku.isEmpty ? item.sku : grading.coreSku
        let line = LineUnits(item, shipments: [])
        let parts = line.isKit && grading.coreSku.isEmpty ? line.parts(of: grading.quantity) : [(sku, grading.quantity)]
        return parts.compactMap { (sku, quantity) -> OrderEffect? in
            let units = OrderEffect.Units(
                sku: sku, locationID: grading.locationID, quantity: quantity, lotID: line.isKit ? "" : grading.lotID)
            switch grading.disposition {
            case .restock: return .restock(units)
            case .quarantine: return .quarantine(units)
            default: return nil
            }
        }
    }
}

extension [ReturnGrading] {
    /// "2 of line 1 restocked".
    fileprivate var text: String {
        self.map { grading in
            let what =
                switch grading.disposition {
                case .restock: "restocked"
                case .quarantine: "set aside"
                case .scrap: "scrapped"
                case .returnToVendor: "returned to the vendor"
                default: "to be rebuilt"
                }
            return "\(grading.quantity) of line \(grading.lineID) \(what)"
        }.joined(separator: ", ")
    }
}
