internal import Money
internal import PricingDomain
internal import PricingMessages

/// What a Pricing says, with what its price sheet and its file say for it.
struct PIESPricing {
    /// The elements that it can have; others are refused, as they might change what it says.
    static let elements: Set<PIESName> = [
        .priceSheetNumber, .currencyCode, .effectiveDate, .expirationDate, .price, .priceTypeDescription, .priceBreak,
        .priceMultiplier,
    ]
    /// The units that mean a price for each piece.
    private static let eachUnits: Set<String> = ["PE", "EA"]
    private static let maximumSheetNumberLength = 15

    let sku: String
    let tradeCode: String
    let sheetNumber: String
    private let values: PIESValues
    private let sheet: PIESPriceSheet
    private let file: PIESPriceSheet
    private let action: PriceAction

    /// - Parameters:
    ///   - maintenance: Its own MaintenanceType.
    ///   - isItemDeleted: Whether all of its Item is removed.
    ///   - sheets: Those of the file.
    ///   - file: What counts where neither it nor its sheet says anything.
    init(
        _ values: PIESValues, of sku: String, type: String?, maintenance: String?, isItemDeleted: Bool,
        sheets: [String: PIESPriceSheet], file: PIESPriceSheet
    ) throws(RecordFault) {
        try values.check()
        guard let type, type.unicodeScalars.count == 3 else {
            throw RecordFault(field: "@PriceType", "is \(PIESText.shown(type ?? ""))", expected: "three characters")
        }
        guard let maintenance, ["A", "C", "D"].contains(maintenance) else {
            throw RecordFault(
                field: "@MaintenanceType", "is \(PIESText.shown(maintenance ?? ""))", expected: "A, C or D")
        }
        let sheetNumber = values[.priceSheetNumber] ?? ""
        guard (1...Self.maximumSheetNumberLength).contains(sheetNumber.unicodeScalars.count) else {
            throw RecordFault(
                field: PIESName.priceSheetNumber.rawValue, "is \(PIESText.shown(sheetNumber))",
                expected: "1 to \(Self.maximumSheetNumberLength) characters")
        }
        self.sku = sku
        self.tradeCode = type
        self.sheetNumber = sheetNumber
        self.values = values
        self.sheet = sheets[sheetNumber] ?? PIESPriceSheet()
        self.file = file
        self.action = maintenance == "D" || isItemDeleted || self.sheet.isDeleted ? .remove : .put
    }

    /// Its own currency, else that of its sheet, else that of the file; empty: nothing says it.
    func currency() throws(RecordFault) -> String {
        let own = try self.values.currency()
        if !own.isEmpty { return own }
        return self.sheet.currency.isEmpty ? self.file.currency : self.sheet.currency
    }

    /// The price in a list.
    func price(in listID: String, currency: String) throws(RecordFault) -> FilePrice {
        if let fault = PriceFields.fault(ofSKU: self.sku, field: PIESName.partNumber.rawValue) { throw fault }
        try self.checkUnits()
        return FilePrice(
            sku: self.sku, listID: listID, minimumQuantity: try self.quantity(), period: try self.period(),
            amount: try self.amount(), currency: currency, action: self.action)
    }

    private func amount() throws(RecordFault) -> Amount {
        guard let text = self.values[.price] else {
            if self.action == .remove { return .zero }
            throw RecordFault(
                .invalidAmount, field: PIESName.price.rawValue, "is missing", expected: "a decimal number such as 12.99"
            )
        }
        let amount = try PriceFields.amount(PIESText.trimmedText(text), field: PIESName.price.rawValue)
        return self.action == .remove ? .zero : amount
    }

    private func checkUnits() throws(RecordFault) {
        for name in [PIESName.price, .priceBreak] where self.values[name] != nil {
            let unit = self.values.units[name] ?? ""
            guard Self.eachUnits.contains(unit) else {
                throw RecordFault(
                    field: "\(name.rawValue)@UOM", "is \(PIESText.shown(unit))",
                    expected: "PE or EA: prices are for each piece, and not for cases or other units")
            }
        }
        guard let text = self.values[.priceMultiplier] else { return }
        let multiplier = try PriceFields.amount(
            PIESText.trimmedText(text), field: PIESName.priceMultiplier.rawValue)
        guard multiplier.micros == Amount.perUnit else {
            throw RecordFault(
                field: PIESName.priceMultiplier.rawValue, "is \(PIESText.shown(text))",
                expected: "none, or 1: what it is to be applied to is not said in the file")
        }
    }

    private func quantity() throws(RecordFault) -> Int64 {
        let field = PIESName.priceBreak.rawValue
        guard let text = self.values[.priceBreak] else { return 1 }
        // Older versions have decimals, which are zeros.
        let whole = try PriceFields.amount(PIESText.trimmedText(text), field: field).micros
        let (quantity, rest) = whole.quotientAndRemainder(dividingBy: Amount.perUnit)
        guard rest == 0, (1...PriceFields.maximumQuantity).contains(quantity) else {
            throw PriceFields.invalidQuantity(field, "is \(PIESText.shown(text))")
        }
        return quantity
    }

    /// A price counts while both it and its sheet do.
    private func period() throws(RecordFault) -> Period {
        let from = [try self.values.day(.effectiveDate), self.sheet.effective].compactMap(\.self).max()
        let to = [try self.values.endOfDay(.expirationDate), self.sheet.end].compactMap(\.self).min()
        return try PriceFields.period(
            from: from ?? self.file.effective ?? .distantPast, to: to ?? .distantFuture,
            field: PIESName.expirationDate.rawValue)
    }
}
