internal import FileFormats
internal import Money
internal import OrderDomain
internal import OrderMessages

/// What the cells of a settlement's row say, and all that is wrong with them.
struct SettlementCells {
    private(set) var orderID = ""
    private(set) var postedAt: Int64?
    private(set) var faults: [FailedSettlementRow.Fault] = []
    private var sku = ""
    private var lineID = ""
    private var quantity: Int64 = 0
    private var amount: Int64?
    private var kind: SettlementAmountKind?
    private var word = ""
    private var feeKind = ""
    private var currency = ""
    private var text = ""
    private var amounts: [(kind: SettlementAmountKind, column: String, amount: Int64)] = []

    mutating func read(
        _ cell: ArraySlice<UInt8>, _ meaning: SettlementMeaning, column: String, _ words: SettlementWords
    ) {
        guard meaning != .passedOver, !cell.isEmpty else { return }
        guard let text = String(validating: CSVCell.trimmed(CSVCell.text(cell)), as: UTF8.self) else {
            return self.fail(column, "is not UTF-8", expected: "the file saved as UTF-8")
        }
        guard !text.utf8.contains(0) else {
            return self.fail(column, "has a NUL", expected: "text without control characters")
        }
        switch meaning {
        case .passedOver: break
        case .amounts(let kind):
            if let amount = self.amount(cell, column) { self.amounts.append((kind, column, amount)) }
        case .field(let field): self.read(cell, text, field, column, words)
        }
    }

    private mutating func read(
        _ cell: ArraySlice<UInt8>, _ text: String, _ field: SettlementField, _ column: String, _ words: SettlementWords
    ) {
        switch field {
        case .orderID: self.orderID = self.limited(text, OrderLimits.orderIDBytes, column)
        case .sku: self.sku = self.limited(text, OrderLimits.skuBytes, column)
        case .lineID: self.lineID = self.limited(text, OrderLimits.orderIDBytes, column)
        case .quantity: self.quantity = self.quantity(text, column)
        case .amount: self.amount = self.amount(cell, column)
        case .kind:
            self.word = self.limited(text, SettlementLimits.wordBytes, column)
            self.kind = words.kind(text)
            if self.kind == nil {
                self.fail(
                    column, "is \(OrderFileFault.shown(text))",
                    expected: "one of \(SettlementWords.names), or a word that the settlement's options explain")
            }
        case .feeKind: self.feeKind = self.limited(text, SettlementLimits.wordBytes, column)
        case .postedAt:
            self.postedAt = SettlementTime.parse(CSVCell.trimmed(cell))
            if self.postedAt == nil {
                self.fail(column, "is \(OrderFileFault.shown(text))", expected: SettlementTime.expected)
            }
        case .currency:
            self.currency = text
            if Currency(code: text) == nil {
                self.fail(column, "is \(OrderFileFault.shown(text))", expected: "a code of ISO 4217, such as USD")
            }
        case .description: self.text = String(text.prefix(SettlementLimits.descriptionCharacters))
        }
    }

    private mutating func fail(_ column: String, _ problem: String, expected: String) {
        self.faults.append(FailedSettlementRow.Fault(column, problem, expected: expected))
    }

    private mutating func limited(_ text: String, _ bytes: Int, _ column: String) -> String {
        guard text.utf8.count <= bytes else {
            self.fail(column, "has \(text.utf8.count) bytes", expected: "at most \(bytes)")
            return ""
        }
        return text
    }

    private mutating func amount(_ cell: ArraySlice<UInt8>, _ column: String) -> Int64? {
        do throws(SettlementAmountText.Problem) {
            return try SettlementAmountText.parse(CSVCell.trimmed(CSVCell.text(cell)))
        } catch {
            self.fail(column, error.text, expected: SettlementAmountText.expected)
            return nil
        }
    }

    private mutating func quantity(_ text: String, _ column: String) -> Int64 {
        guard let quantity = Int64(text), (0...OrderLimits.unitsPerLine).contains(quantity) else {
            self.fail(
                column, "is \(OrderFileFault.shown(text))",
                expected: "a whole number from 0 to \(OrderLimits.unitsPerLine)")
            return 0
        }
        return quantity
    }

    /// The row's amounts.
    ///
    /// - Parameter currency: Of the file; empty: not known yet.
    mutating func entries(line: Int64, currency: String) -> [SettlementEntry] {
        if self.currency.isEmpty { self.currency = currency }
        if self.currency.isEmpty {
            self.fail(
                "currency", "is missing", expected: "a code of ISO 4217, in the row or in the settlement's options")
        } else if !currency.isEmpty, self.currency != currency {
            self.fail("currency", "is \(self.currency)", expected: "\(currency), as in the rows before: one for a file")
        }
        if self.amount == nil, self.amounts.isEmpty, self.faults.isEmpty {
            self.fail("amount", "is missing", expected: SettlementAmountText.expected)
        }
        var entries = self.amounts.map { self.entry($0.kind, word: $0.column, $0.amount, line: line) }
        if let amount {
            // Who names a fee need not say that it is one.
            if let kind = self.kind ?? (self.feeKind.isEmpty ? nil : .fee) {
                let word = kind == .fee && !self.feeKind.isEmpty ? self.feeKind : self.word
                entries.append(self.entry(kind, word: word, amount, line: line))
            } else if self.faults.isEmpty {
                self.fail("kind", "is missing", expected: "what the amount is for: one of \(SettlementWords.names)")
            }
        }
        return entries
    }

    private func entry(
        _ kind: SettlementAmountKind, word: String, _ amount: Int64, line: Int64
    ) -> SettlementEntry {
        SettlementEntry(
            number: line, orderID: self.orderID, sku: self.sku, lineID: self.lineID, quantity: self.quantity,
            kind: kind,
            word: word, amount: amount, currency: self.currency, postedAt: self.postedAt, description: self.text)
    }
}
