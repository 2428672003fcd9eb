internal import FileFormats
internal import Money
internal import OrderDomain
internal import OrderMessages

/// Reads Amazon's settlement report of version 2, a file separated by tabs.
///
/// Behind the row of column names stands one with the deposit: the settlement's number, its time, its currency and the
/// total; then a row for each amount, with the words that say what it is for. Marketplaces write numbers and times in
/// their own ways, which are told apart; see ``SettlementAmountText`` and ``SettlementTime``. Fewer cells than names
/// are taken as empty ones.
///
/// The columns and words are facts of the report as Amazon's sellers get it,
/// `GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2`.
public struct AmazonSettlementReader: SettlementFileReader {
    private let words: SettlementWords
    private let statedTotal: Int64?
    private var beginning = FileBeginning()
    private var buffer = FileBuffer(offset: 0, line: 1)
    private var columns: AmazonColumns?
    private var hasDeposit = false
    /// What the deposit's row says.
    public private(set) var header = SettlementHeader()

    /// A reader of one file.
    init(_ options: SettlementOptions, _ words: SettlementWords) {
        self.words = words
        self.statedTotal = options.statedTotal?.micros
    }

    /// Takes the next bytes.
    public mutating func append(_ bytes: [UInt8]) throws(OrderFileFault) {
        do throws(FileBeginning.Fault) {
            self.buffer.append(try self.beginning.take(bytes))
        } catch {
            throw OrderFileFault(error)
        }
    }

    /// Says that there are no more bytes.
    public mutating func complete() throws(OrderFileFault) {
        do throws(FileBeginning.Fault) {
            self.buffer.append(try self.beginning.complete())
        } catch {
            throw OrderFileFault(error)
        }
        self.buffer.complete()
    }

    /// The next row; nil: more bytes are needed, or all is read.
    public mutating func next() throws(OrderFileFault) -> SettlementRow? {
        while let line = try self.line() {
            if line.isBlank { continue }
            guard let columns else {
                self.columns = try AmazonColumns(line)
                continue
            }
            if columns.cell(.amount, of: line).isEmpty, !columns.cell(.totalAmount, of: line).isEmpty {
                try self.readDeposit(line, columns)
                continue
            }
            guard self.hasDeposit else {
                throw OrderFileFault(
                    code: "missing-deposit", line: line.number,
                    message:
                        "the row with total-amount is missing, which stands before all amounts; send the whole report")
            }
            return self.row(line, columns)
        }
        guard self.buffer.isComplete, self.buffer.count == 0 else { return nil }
        guard self.hasDeposit else {
            throw OrderFileFault(
                code: "missing-deposit", line: self.buffer.line,
                message: "the file ends before the row with total-amount; send the whole report")
        }
        return nil
    }

    private mutating func line() throws(OrderFileFault) -> AmazonLine? {
        guard self.buffer.count > 0 else { return nil }
        let rest = self.buffer.bytes[self.buffer.position...]
        let number = self.buffer.line
        let end = rest.prefix(OrderFileLimits.maximumRecordBytes).firstIndex(of: UInt8(ascii: "\n"))
        guard end != nil || self.buffer.isComplete && rest.count <= OrderFileLimits.maximumRecordBytes else {
            guard rest.count <= OrderFileLimits.maximumRecordBytes else {
                throw OrderFileFault(
                    code: "line-too-long", line: number,
                    message: "the line has more than \(OrderFileLimits.maximumRecordBytes) bytes; fewer are valid")
            }
            return nil
        }
        var text = rest[..<(end ?? rest.endIndex)]
        if text.last == UInt8(ascii: "\r") { text.removeLast() }
        let cells = text.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map(CSVCell.trimmed)
        self.buffer.move(to: end.map { $0 + 1 } ?? rest.endIndex, lines: end == nil ? 0 : 1)
        return AmazonLine(number: number, cells: cells)
    }

    private mutating func readDeposit(_ line: AmazonLine, _ columns: AmazonColumns) throws(OrderFileFault) {
        guard !self.hasDeposit else {
            throw OrderFileFault(
                code: "second-deposit", line: line.number,
                message: "another row has a total-amount; a file with one settlement is valid")
        }
        func cell(_ field: AmazonField) -> ArraySlice<UInt8> { columns.cell(field, of: line) }
        func fault(_ field: AmazonField, expected: String) -> OrderFileFault {
            let shown = OrderFileFault.shown(String(decoding: cell(field), as: UTF8.self))
            return OrderFileFault(
                code: "invalid-deposit", line: line.number,
                message: "\(field.rawValue) is \(shown); expected \(expected)")
        }
        self.header.reference = String(
            decoding: cell(.settlementID).prefix(SettlementLimits.referenceBytes), as: UTF8.self)
        guard !self.header.reference.isEmpty else { throw fault(.settlementID, expected: "the settlement's number") }
        self.header.currency = String(decoding: cell(.currency), as: UTF8.self)
        guard Currency(code: self.header.currency) != nil else {
            throw fault(.currency, expected: "a code of ISO 4217, such as USD")
        }
        do throws(SettlementAmountText.Problem) {
            self.header.statedTotal = try SettlementAmountText.parse(cell(.totalAmount))
        } catch {
            throw fault(.totalAmount, expected: SettlementAmountText.expected)
        }
        if let said = self.statedTotal, said != self.header.statedTotal {
            throw fault(.totalAmount, expected: "\(Amount(micros: said).text(decimalPlaces: 2)), as the options say")
        }
        self.header.from = SettlementTime.parse(cell(.startDate))
        self.header.to = SettlementTime.parse(cell(.endDate))
        for (field, time) in [(AmazonField.startDate, self.header.from), (.endDate, self.header.to)]
        where time == nil && !cell(field).isEmpty {
            throw fault(field, expected: SettlementTime.expected)
        }
        self.hasDeposit = true
    }

    private func row(_ line: AmazonLine, _ columns: AmazonColumns) -> SettlementRow {
        var cells = AmazonCells(line, columns, currency: self.header.currency)
        let entry = cells.entry(self.words, reference: self.header.reference)
        guard cells.faults.isEmpty, let entry else {
            let failure = FailedSettlementRow(line: line.number, orderID: cells.orderID, faults: cells.faults)
            return SettlementRow(line: line.number, failure: failure)
        }
        return SettlementRow(line: line.number, entries: [entry])
    }
}

/// What the cells of a row say, and all that is wrong with them.
private struct AmazonCells {
    private let line: AmazonLine
    private let columns: AmazonColumns
    private let currency: String
    private(set) var orderID = ""
    private(set) var faults: [FailedSettlementRow.Fault] = []

    init(_ line: AmazonLine, _ columns: AmazonColumns, currency: String) {
        (self.line, self.columns, self.currency) = (line, columns, currency)
        guard line.cells.count <= columns.count else {
            self.faults.append(
                FailedSettlementRow.Fault(
                    "", "has \(line.cells.count) cells", expected: "at most \(columns.count), as the row of names has"))
            return
        }
        self.orderID = self.name(.orderID, OrderLimits.orderIDBytes)
    }

    private mutating func fail(_ field: AmazonField, _ problem: String, expected: String) {
        self.faults.append(FailedSettlementRow.Fault(field.rawValue, problem, expected: expected))
    }

    /// What names something has to be whole.
    private mutating func name(_ field: AmazonField, _ maximumBytes: Int) -> String {
        let cell = self.columns.cell(field, of: self.line)
        guard let text = String(validating: cell, as: UTF8.self), cell.count <= maximumBytes, !cell.contains(0) else {
            self.fail(field, "is no text of at most \(maximumBytes) bytes in UTF-8", expected: "what Amazon calls it")
            return ""
        }
        return text
    }

    /// Words for people: reports of some marketplaces are in older encodings than UTF-8, whose letters are lost here.
    private func text(_ field: AmazonField) -> String {
        // Two of them and a slash make a word.
        let cell = self.columns.cell(field, of: self.line).prefix(SettlementLimits.wordBytes / 2)
        return String(decoding: cell.filter { $0 != 0 }, as: UTF8.self)
    }

    mutating func entry(_ words: SettlementWords, reference: String) -> SettlementEntry? {
        guard self.faults.isEmpty else { return nil }
        let said = String(decoding: self.columns.cell(.settlementID, of: self.line), as: UTF8.self)
        if said != reference {
            self.fail(.settlementID, "is \(OrderFileFault.shown(said))", expected: "\(reference), as the deposit's")
        }
        let currency = self.text(.currency)
        if !currency.isEmpty, currency != self.currency {
            self.fail(.currency, "is \(OrderFileFault.shown(currency))", expected: "\(self.currency), as the deposit's")
        }
        let sku = self.name(.sku, OrderLimits.skuBytes)
        let lineID = self.name(.orderItemCode, OrderLimits.orderIDBytes)
        let (quantity, amount, postedAt) = (self.quantity(), self.amount(), self.postedAt())
        let (type, description) = (self.text(.amountType), self.text(.amountDescription))
        let transaction = self.text(.transactionType)
        let word = "\(type)/\(description)"
        var kind = AmazonField.kind(
            transaction: transaction.lowercased(), type: type.lowercased(), description: description.lowercased())
        if let said = words[word] ?? words[description] ?? words[transaction] { kind.kind = said }
        guard self.faults.isEmpty, let amount else { return nil }
        return SettlementEntry(
            number: self.line.number, orderID: self.orderID, sku: sku, lineID: lineID, quantity: quantity,
            kind: kind.kind, word: word, amount: amount, currency: self.currency, postedAt: postedAt,
            isWithheld: kind.isWithheld, description: transaction)
    }

    private mutating func amount() -> Int64? {
        do throws(SettlementAmountText.Problem) {
            return try SettlementAmountText.parse(self.columns.cell(.amount, of: self.line))
        } catch {
            self.fail(.amount, error.text, expected: SettlementAmountText.expected)
            return nil
        }
    }

    private mutating func quantity() -> Int64 {
        let cell = self.columns.cell(.quantity, of: self.line)
        guard !cell.isEmpty else { return 0 }
        guard let quantity = Int64(String(decoding: cell, as: UTF8.self)),
            (0...OrderLimits.unitsPerLine).contains(quantity)
        else {
            self.fail(.quantity, "is no number of units", expected: "0 to \(OrderLimits.unitsPerLine)")
            return 0
        }
        return quantity
    }

    private mutating func postedAt() -> Int64? {
        let isAmerican = ["amazon.com", "amazon.ca"].contains(self.text(.marketplace).lowercased())
        for field in [AmazonField.postedDateTime, .postedDate] {
            let cell = self.columns.cell(field, of: self.line)
            guard !cell.isEmpty else { continue }
            if let time = SettlementTime.parse(cell, slashes: isAmerican ? .monthFirst : .dayFirst) { return time }
            self.fail(field, "is no time", expected: SettlementTime.expected)
            return nil
        }
        return nil
    }
}
