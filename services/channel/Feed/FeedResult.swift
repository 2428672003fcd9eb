internal import ChannelAdapter
internal import FileFormats

/// What a partner says of the rows of a file.
struct FeedResult {
    private static let accepted: Set<String> = ["ok", "accepted", "success", "done", "unchanged"]

    /// A file was taken, and that is all that is known.
    static let taken = FeedResult(rows: [], others: nil)

    /// What the partner says of one row.
    struct Row {
        let sku: String
        /// nil: it was taken.
        let fault: PlatformFault?

        /// - Parameter text: The row's field of one of our names.
        init(_ text: (String) -> String) {
            self.sku = text("sku")
            guard !FeedResult.accepted.contains(text("status").lowercased()) else {
                self.fault = nil
                return
            }
            self.fault = PlatformFault(
                .refused, code: text("code").isEmpty ? "row-refused" : text("code"), text("message"))
        }
    }

    let rows: [Row]
    /// What became of rows that are not among them; nil: they were taken.
    let others: PlatformFault?

    init(rows: [Row], others: PlatformFault?) {
        self.rows = rows
        self.others = others
    }

    /// Reads a table of results.
    init(table bytes: [UInt8], _ settings: FeedSettings) throws(PlatformFault) {
        let unreadable = { (what: String) in
            PlatformFault(.retry, code: "result-unreadable", "the partner's result \(what)", isOutcomeUnknown: true)
        }
        let table: FeedTable
        do throws(PlatformFault) {
            table = try FeedTable(bytes, delimiter: settings.delimiter)
        } catch {
            throw unreadable("is no table: \(error.message)")
        }
        let columns = settings.resultColumns
        guard table.has(columns.name("sku")), table.has(columns.name("status")) else {
            throw unreadable("has no columns \(columns.name("sku")) and \(columns.name("status"))")
        }
        self.rows = table.rows.map { row in Row { table.text(row, columns.name($0)) } }
        self.others = settings.resultRows == .all ? Self.notAnswered : nil
    }

    /// Of a row that an answer says nothing of.
    static let notAnswered = PlatformFault(
        .retry, code: "not-answered", "the partner's result says nothing of the row", isOutcomeUnknown: true)

    /// What became of each row, in their order.
    func outcomes(of listings: [ListingReference]) -> [RowOutcome] {
        var faults: [String: PlatformFault?] = [:]
        for row in self.rows {
            // A row that is refused once is refused, whatever another row says.
            if let known = faults[row.sku], known != nil { continue }
            faults[row.sku] = .some(row.fault)
        }
        return listings.map { listing in
            RowOutcome(sku: listing.sku, fault: faults[listing.feedSKU] ?? self.others)
        }
    }

    /// Of a file that is one thing to be done: why it was not done, or not all of it; nil: it was.
    var fault: PlatformFault? {
        self.rows.lazy.compactMap(\.fault).first ?? (self.rows.isEmpty ? self.others : nil)
    }
}

/// What a partner answers to a file that is put: what became of its rows, or where that is found.
///
/// That it was taken with a 2xx is no success of its rows. An answer that means nothing to us is neither a success nor a
/// refusal: its code is one that nobody knows, so that it is tried a bounded number of times and seen.
enum FeedReceipt {
    /// The beginning of an answer that is shown where it is not understood.
    private static let shownBytes = 200

    case result(FeedResult)
    /// An address of the result, as the partner writes it.
    case at(String)

    /// - Parameter rows: How many the file had.
    init(_ response: PlatformResponse, rows: Int, _ settings: FeedSettings) throws(PlatformFault) {
        guard settings.resultRows != .none, !response.body.isEmpty else {
            self = .result(.taken)
            return
        }
        if response.header("Content-Type")?.lowercased().hasPrefix("text/csv") ?? false {
            self = .result(try FeedResult(table: response.body, settings))
            return
        }
        guard response.isJSON, let json = try? JSONValue(response.body[...]) else {
            throw Self.notUnderstood("is neither a table nor JSON", response)
        }
        let told = FeedCounts(json, rows: rows, settings)
        if let result = told.result {
            self = .result(result)
        } else if let reference = json["result"]?.text {
            self = .at(reference)
        } else {
            throw told.fault ?? Self.notUnderstood("does not tell what became of the rows", response)
        }
    }

    static func notUnderstood(_ what: String, _ response: PlatformResponse) -> PlatformFault {
        let shown = String(decoding: response.body.prefix(Self.shownBytes), as: UTF8.self)
        return PlatformFault(
            .unknown, code: "answer-not-understood", "the partner's answer \(what): \(shown.debugDescription)",
            isOutcomeUnknown: true)
    }
}

/// How many rows an answer says were taken and refused, and which ones.
private struct FeedCounts {
    private let accepted: Int64?
    private let refused: Int64?
    private let listed: [FeedResult.Row]?
    private let rows: Int64
    private let hasAll: Bool

    init(_ json: JSONValue, rows: Int, _ settings: FeedSettings) {
        self.accepted = json["accepted"]?.integer
        self.refused = json["refused"]?.integer
        self.rows = Int64(rows)
        self.hasAll = settings.resultRows == .all
        if case .array? = json["rows"] {
            self.listed = json["rows"]?.elements.map { row in
                FeedResult.Row { row[settings.resultColumns.name($0)]?.digits ?? "" }
            }
        } else {
            self.listed = nil
        }
    }

    /// What became of the rows, where they are listed or none was refused; nil: it is not said.
    var result: FeedResult? {
        if let listed {
            let refusals = listed.count { $0.fault != nil }
            let areOthersTaken = self.refused.map { $0 == refusals && self.isSum } ?? !self.hasAll
            return FeedResult(rows: listed, others: areOthersTaken ? nil : FeedResult.notAnswered)
        }
        guard self.refused ?? 0 == 0, self.accepted != nil || self.refused != nil else { return nil }
        return self.isSum ? .taken : FeedResult(rows: [], others: FeedResult.notAnswered)
    }

    /// Whether the counts, as far as there are any, are those of all rows.
    private var isSum: Bool {
        guard let accepted else { return true }
        return accepted.addingReportingOverflow(self.refused ?? 0) == (self.rows, false)
    }

    /// That rows were refused, where the answer says so and nothing more.
    var fault: PlatformFault? {
        guard let refused, refused != 0 else { return nil }
        if refused == self.rows {
            return PlatformFault(.refused, code: "row-refused", "the partner refuses all rows and does not say why")
        }
        return PlatformFault(
            .unknown, code: "rows-refused",
            "the partner refuses \(refused) of \(self.rows) rows and does not say which ones", isOutcomeUnknown: true)
    }
}
