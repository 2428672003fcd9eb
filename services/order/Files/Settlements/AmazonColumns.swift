internal import OrderMessages

/// A column of Amazon's settlement report V2 that is read, by its name there.
enum AmazonField: String, CaseIterable, Sendable {
    case settlementID = "settlement-id"
    case startDate = "settlement-start-date"
    case endDate = "settlement-end-date"
    case depositDate = "deposit-date"
    case totalAmount = "total-amount"
    case currency
    case transactionType = "transaction-type"
    case orderID = "order-id"
    case marketplace = "marketplace-name"
    case amountType = "amount-type"
    case amountDescription = "amount-description"
    case amount
    case postedDate = "posted-date"
    case postedDateTime = "posted-date-time"
    case orderItemCode = "order-item-code"
    case sku
    case quantity = "quantity-purchased"

    /// Without which a file is none of these reports.
    static let required: [AmazonField] = [
        .settlementID, .totalAmount, .currency, .transactionType, .orderID, .amountType, .amountDescription, .amount,
    ]
}

/// Where the columns of a report stand. Reports have more than are read, and get new ones.
struct AmazonColumns: Sendable {
    private let places: [AmazonField: Int]
    let count: Int

    /// - Throws: ``OrderFileFault`` that names the column at fault.
    init(_ header: AmazonLine) throws(OrderFileFault) {
        var places: [AmazonField: Int] = [:]
        for (place, cell) in header.cells.enumerated() {
            guard let field = AmazonField(rawValue: String(decoding: cell, as: UTF8.self).lowercased()) else {
                continue
            }
            guard places.updateValue(place, forKey: field) == nil else {
                throw OrderFileFault(
                    code: "duplicate-column", line: header.number,
                    message: "the column \(field.rawValue) stands there twice; once is valid")
            }
        }
        for field in AmazonField.required where places[field] == nil {
            let hint =
                header.cells.count == 1
                ? "; the report is separated by tabs: send the file as Amazon gives it" : ""
            throw OrderFileFault(
                code: "missing-column", line: header.number,
                message: "the file has no column \(field.rawValue), as Amazon's settlement report V2 has\(hint)")
        }
        self.places = places
        self.count = header.cells.count
    }

    /// A cell; what a line leaves out at its end is empty.
    func cell(_ field: AmazonField, of line: AmazonLine) -> ArraySlice<UInt8> {
        guard let place = self.places[field], place < line.cells.count else { return [] }
        return line.cells[place]
    }
}

/// A line of a file that is separated by tabs. Nothing in it is quoted.
struct AmazonLine: Sendable {
    /// From 1 on.
    let number: Int64
    /// Without spaces at their ends.
    let cells: [ArraySlice<UInt8>]

    var isBlank: Bool { self.cells.allSatisfy(\.isEmpty) }
}

extension AmazonField {
    /// What an amount is for, by the report's words.
    ///
    /// Of a refund all that the buyer gets back is one kind, as an order says what was refunded and not of what; its
    /// fees stay fees. What Amazon takes from the buyer as tax and pays for the seller is tax that is withheld. What is
    /// not known is of no order, and can be given a kind by the settlement's words.
    static func kind(transaction: String, type: String, description: String) -> AmazonKind {
        let isRefund = transaction.contains("refund") || transaction.contains("chargeback")
        guard isRefund || transaction == "order" else { return AmazonKind(kind: .other) }
        switch type {
        case "itemprice":
            if isRefund { return AmazonKind(kind: .refund) }
            if description == "principal" { return AmazonKind(kind: .principal) }
            return AmazonKind(kind: description.contains("tax") ? .tax : .shipping)
        case "itemwithheldtax": return AmazonKind(kind: isRefund ? .refund : .tax, isWithheld: true)
        case "promotion": return AmazonKind(kind: isRefund ? .refund : .promotion)
        case "itemfees", "shipmentfees", "orderfees": return AmazonKind(kind: .fee)
        default: return AmazonKind(kind: .other)
        }
    }
}

/// What an amount of a report is for.
struct AmazonKind: Hashable, Sendable {
    var kind: SettlementAmountKind
    /// See `SettlementEntry.isWithheld`.
    var isWithheld = false
}
