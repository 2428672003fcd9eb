internal import ChannelAdapter
internal import ChannelMessages

extension FeedAdapter {
    static let description = PlatformDescription(
        id: "feed", name: "Feed",
        settings: [
            .init(
                "folder", isRequired: false,
                "The drop folder that files are written to, below the service's folder of "
                    + "feeds; without it there must be a url.", example: "autoparts-hub/out"),
            .init(
                "url", isRequired: false, "The address that files are put to: the name of a file is added to it.",
                example: "https://feeds.autoparts-hub.example/in"),
            .init(
                "ordersFolder", isRequired: false, "The folder that the partner's order files lie in; empty: none.",
                example: "autoparts-hub/orders"),
            .init(
                "ordersUrl", isRequired: false,
                "The address of the partner's order file, or of a list of order files; {since} in it is replaced by the "
                    + "time since when orders are wanted. Empty: none.",
                example: "https://feeds.autoparts-hub.example/orders?since={since}"),
            .init(
                "resultsFolder", isRequired: false,
                "The folder that the partner writes results to; empty: none are waited for.",
                example: "autoparts-hub/results"),
            .init(
                "resultSeconds", isRequired: false,
                "How long a result is waited for, 1 to \(FeedLimits.resultSeconds); empty: "
                    + "\(FeedLimits.defaultResultSeconds).", example: "10"),
            .init(
                "resultRows", isRequired: false,
                "all: a result has each row; refused: it has those that are refused; none: a partner's answers and "
                    + "results say nothing of rows, and are not read. Empty: all.", example: "all"),
            .init(
                "files", isRequired: false,
                "delta: a file has what has changed; full: it has all that was ever sent, which needs a folder. Empty: "
                    + "delta.", example: "delta"),
            .init(
                "delimiter", isRequired: false, "What stands between columns: one character, or tab; empty: a comma.",
                example: ";"),
            .init(
                "columns", isRequired: false,
                "The partner's names of columns of files that are sent, as OURS=THEIRS with commas in between; ours are "
                    + FeedColumns.sent.joined(separator: ", ") + ".", example: "sku=PartNumber,quantity=QtyAvailable"),
            .init(
                "orderColumns", isRequired: false,
                "The same of order files; ours are " + FeedColumns.ordered.joined(separator: ", ") + ".",
                example: "orderId=PO Number,quantity=Qty"),
            .init(
                "resultColumns", isRequired: false,
                "The same of results; ours are " + FeedColumns.results.joined(separator: ", ") + ".",
                example: "sku=key"),
            .init(
                "taskColumns", isRequired: false,
                "The columns of files about orders, by our names with commas in between, where a partner wants the same "
                    + "ones for all: of " + FeedColumns.told.joined(separator: ", ") + ".",
                example: "orderId,action,sku,quantity,carrier,trackingNumber,reason"),
            .init(
                "ownSales", isRequired: false,
                "taken: the partner takes what it sells from the quantity that it shows; kept: it shows what it was told "
                    + "last, and is told what is left after each order. Empty: kept.", example: "kept"),
            .init("currency", isRequired: false, "Of orders that name none: ISO 4217.", example: "USD"),
        ],
        credentials: [
            .init("user", isRequired: false, "The name for Basic authentication at the partner's addresses."),
            .init("password", isRequired: false, "Its password."),
            .init("token", isRequired: false, "A token for Bearer authentication, instead of name and password."),
        ],
        operations: [
            .init("stock", bucket: "files", ratePerSecond: 1, burst: 10, rows: FeedLimits.rows),
            .init("price", bucket: "files", ratePerSecond: 1, burst: 10, rows: FeedLimits.rows),
            .init("content", bucket: "files", ratePerSecond: 1, burst: 10, rows: FeedLimits.contentRows),
            .init("read", bucket: "reads", ratePerSecond: 10, burst: 10, rows: 500),
            .init("orders", bucket: "reads", ratePerSecond: 10, burst: 10),
            .init("order-task", bucket: "files", ratePerSecond: 1, burst: 10),
        ],
        tasks: [.ship, .cancel, .refund], pollsOrders: true, sellsFromShelf: false, subscribes: false,
        pushSettleSeconds: FeedLimits.pushSettleSeconds)

    static let mapping: [MappingRule] = [
        MappingRule(target: "title", source: "name", required: true),
        MappingRule(target: "description", source: "description"),
        MappingRule(target: "brand", source: "brandLabel"),
        MappingRule(target: "brandCode", source: "brandCode"),
        MappingRule(target: "partType", source: "partType"),
        MappingRule(target: "category", source: "category"),
        MappingRule(target: "gtin", source: "gtin"),
        MappingRule(
            target: "images", source: "images[*]", transforms: [Transform(function: "join", arguments: ["|"])]),
        MappingRule(target: "fitment", source: "compatibility"),
    ]
}

/// How much is sent, read and waited for.
enum FeedLimits {
    /// For how long a partner may leave a file of stock lying, in seconds.
    static let pushSettleSeconds: Int64 = 3_600
    /// Rows of a file of stock or prices.
    static let rows = 10_000
    /// Rows of a file of content.
    static let contentRows = 1_000
    /// Bytes of a file that is read.
    static let fileBytes = 16 * 1024 * 1024
    /// Bytes of all that was ever sent.
    static let fullFileBytes = 64 * 1024 * 1024
    /// Files of a folder that are looked at.
    static let files = 10_000
    /// Orders of a page.
    static let ordersPage = 500
    /// Files that are fetched for a page.
    static let filesPage = 20
    /// Pages of a list of files that are read.
    static let listPages = 100
    /// How long a result is waited for: at most, and where the settings do not say, in seconds.
    static let resultSeconds = 60
    static let defaultResultSeconds = 5
    /// How often is looked for it, in milliseconds.
    static let resultLookMilliseconds = 250
    /// A file that was written to in so many seconds may not be complete yet.
    static let settleSeconds: Int64 = 2
    /// Parts of the path of a folder, and bytes of each.
    static let pathParts = 8
    static let nameBytes = 128
    /// How long an answer may take, in milliseconds.
    static let timeoutMilliseconds: Int64 = 60_000
    /// How long is waited where a partner throttles and does not say for how long, in milliseconds.
    static let throttleMilliseconds: Int64 = 60_000
}
