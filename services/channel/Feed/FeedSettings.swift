internal import ChannelAdapter
internal import Money

/// The partner's names of columns.
struct FeedColumns: Sendable {
    /// Our names of what is sent.
    static let sent = [
        "sku", "quantity", "price", "currency", "orderId", "line", "carrier", "trackingNumber", "trackingUrl", "date",
        "amount", "reason", "action",
    ]
    /// Our names of what a file about an order may have.
    static let told = [
        "orderId", "action", "line", "sku", "quantity", "carrier", "trackingNumber", "trackingUrl", "reason", "amount",
        "currency", "date",
    ]
    /// Our names of what a result has.
    static let results = ["sku", "status", "code", "message"]
    /// Our names of what is read of orders.
    static let ordered = [
        "orderId", "line", "sku", "title", "quantity", "price", "discount", "tax", "currency", "shipping",
        "shippingTax", "total", "orderDate", "status", "paymentStatus", "name", "company", "address1", "address2",
        "city", "region", "postalCode", "country", "phone", "email", "note",
    ]

    private var names: [String: String]

    /// Reads OURS=THEIRS with commas in between; what is not named keeps our name.
    init(_ text: String, known: [String]) throws(PlatformFault) {
        self.names = [:]
        for part in text.split(separator: ",") {
            let sides = part.split(separator: "=", maxSplits: 1).map { side in
                String(side.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }
            guard sides.count == 2, known.contains(sides[0]), !sides[1].isEmpty else {
                throw PlatformFault(
                    .refused, code: "settings-invalid",
                    "\(part.debugDescription) is no column; valid is OURS=THEIRS, where ours is one of "
                        + known.joined(separator: ", "))
            }
            self.names[sides[0]] = sides[1]
        }
    }

    /// The partner's name of one of ours.
    func name(_ ours: String) -> String { self.names[ours] ?? ours }
}

/// The rows that a partner's results and answers have.
enum FeedResultRows: String, Sendable {
    case all
    /// Those that are refused; all others were taken.
    case refused
    /// That a file was taken is all that the partner tells of it.
    case none
}

/// What a connection to a partner is set up with, read and checked.
struct FeedSettings: Sendable {
    let folder: String
    let url: String
    let ordersFolder: String
    let ordersURL: String
    let resultsFolder: String
    let resultSeconds: Int
    let resultRows: FeedResultRows
    let isFull: Bool
    let delimiter: UInt8
    let columns: FeedColumns
    let orderColumns: FeedColumns
    let resultColumns: FeedColumns
    /// Our names of the columns of files about orders; empty: those that each kind of file has.
    let taskColumns: [String]
    let currency: String

    init(_ settings: [String: String]) throws(PlatformFault) {
        if let problem = Self.problems(in: settings).first {
            throw PlatformFault(
                .refused, code: "settings-invalid", "\(problem.field) \(problem.reason); valid is \(problem.expected)")
        }
        let value = { settings[$0, default: ""] }
        self.folder = value("folder")
        self.url = value("url").hasSuffix("/") ? String(value("url").dropLast()) : value("url")
        self.ordersFolder = value("ordersFolder")
        self.ordersURL = value("ordersUrl")
        self.resultsFolder = value("resultsFolder")
        self.resultSeconds = Int(value("resultSeconds")) ?? FeedLimits.defaultResultSeconds
        self.resultRows = FeedResultRows(rawValue: value("resultRows")) ?? .all
        self.isFull = value("files") == "full"
        self.delimiter = Self.delimiter(value("delimiter")) ?? UInt8(ascii: ",")
        self.columns = try FeedColumns(value("columns"), known: FeedColumns.sent)
        self.orderColumns = try FeedColumns(value("orderColumns"), known: FeedColumns.ordered)
        self.resultColumns = try FeedColumns(value("resultColumns"), known: FeedColumns.results)
        self.taskColumns = Self.list(value("taskColumns"))
        self.currency = value("currency")
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { String($0.filter { $0 != " " }) }
    }

    private static func delimiter(_ text: String) -> UInt8? {
        if text == "tab" { return UInt8(ascii: "\t") }
        guard text.utf8.count == 1, let byte = text.utf8.first, byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "\"")
        else { return nil }
        return byte
    }

    static func problems(in settings: [String: String]) -> [(field: String, reason: String, expected: String)] {
        var problems: [(field: String, reason: String, expected: String)] = []
        let value = { settings[$0, default: ""] }
        if value("folder").isEmpty == value("url").isEmpty {
            problems.append(("folder", "and url are both given, or neither is", "one of the two"))
        }
        for field in ["folder", "ordersFolder", "resultsFolder"]
        where !value(field).isEmpty && Self.parts(value(field)) == nil {
            problems.append(
                (
                    field, "is no path below the folder of feeds",
                    "names of letters, digits, points, hyphens and underscores with slashes in between"
                ))
        }
        for field in ["url", "ordersUrl"] where !value(field).isEmpty && !Self.isURL(value(field)) {
            problems.append((field, "is no address", "http or https with a host"))
        }
        if !value("ordersFolder").isEmpty, !value("ordersUrl").isEmpty {
            problems.append(("ordersUrl", "is given, and ordersFolder is, too", "one of the two"))
        }
        if !value("resultSeconds").isEmpty,
            !(Int(value("resultSeconds")).map { (1...FeedLimits.resultSeconds).contains($0) } ?? false)
        {
            problems.append(("resultSeconds", "is no such number", "1 to \(FeedLimits.resultSeconds)"))
        }
        if !value("resultRows").isEmpty, FeedResultRows(rawValue: value("resultRows")) == nil {
            problems.append(("resultRows", "is none of them", "all, refused or none"))
        }
        if !["", "delta", "full"].contains(value("files")) {
            problems.append(("files", "is neither", "delta or full"))
        }
        if !["", "taken", "kept"].contains(value("ownSales")) {
            problems.append(("ownSales", "is neither", "taken or kept"))
        }
        if value("files") == "full", value("folder").isEmpty {
            problems.append(("files", "is full, and there is no folder to keep what was sent", "delta, or a folder"))
        }
        if !value("delimiter").isEmpty, Self.delimiter(value("delimiter")) == nil {
            problems.append(("delimiter", "is none", "one visible ASCII character but a quotation mark, or tab"))
        }
        if !value("currency").isEmpty, Currency(code: value("currency")) == nil {
            problems.append(("currency", "is none of ISO 4217", "three capitals, such as USD"))
        }
        if let stranger = Self.list(value("taskColumns")).first(where: { !FeedColumns.told.contains($0) }) {
            problems.append(
                (
                    "taskColumns", "has \(stranger.debugDescription)",
                    "names among \(FeedColumns.told.joined(separator: ", ")), with commas in between"
                ))
        }
        let mapped = [
            ("columns", FeedColumns.sent), ("orderColumns", FeedColumns.ordered),
            ("resultColumns", FeedColumns.results),
        ]
        for (field, known) in mapped {
            do throws(PlatformFault) { _ = try FeedColumns(value(field), known: known) } catch {
                problems.append((field, "has \(error.message)", "OURS=THEIRS with commas in between"))
            }
        }
        return problems
    }

    /// The parts of a path below a folder, none of which leads out of it; nil: it is none.
    static func parts(_ path: String) -> [String]? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...FeedLimits.pathParts).contains(parts.count) else { return nil }
        let isValid = parts.allSatisfy { part in
            guard let first = part.utf8.first, part.utf8.count <= FeedLimits.nameBytes, first != UInt8(ascii: ".")
            else {
                return false
            }
            return part.utf8.allSatisfy { FeedNames.isPlain($0) || $0 == UInt8(ascii: ".") }
        }
        return isValid ? parts : nil
    }

    private static func isURL(_ text: String) -> Bool {
        text.utf8.count <= 2_000 && !text.utf8.contains { $0 <= 0x20 || $0 >= 0x7F }
            && ["https://", "http://"].contains { text.hasPrefix($0) && text.utf8.count > $0.utf8.count }
    }
}
