internal import ArgumentParser
internal import InventoryMessages
internal import WellKnownMessages

/// What `driveline inventory feeds put` says of a feed. What is missing or does not fit together the service tells.
struct FeedOptions: ParsableArguments {
    @Option(help: "A name for people.")
    var name = ""

    @Flag(help: "It is looked after by hand only.")
    var paused = false

    @Option(help: "The drop folder, below that of the brand.")
    var folder: String?

    @Option(help: "Which files of the drop folder, such as 'stock-*.csv'.")
    var pattern = "*"

    @Option(help: "When a file is complete: renamed, settled or marker.")
    var completion = Completion.settled

    @Option(help: "For settled: the seconds for which nothing was written.")
    var settledSeconds: UInt32 = 60

    @Option(help: "Instead of a drop folder: the address of the file, by https.")
    var url: String?

    @Option(help: "The header that carries the secret, such as Authorization.")
    var secretHeader = ""

    @Option(help: "The name of the secret: a file in the brand's folder of secrets.")
    var secretName = ""

    @Option(help: "Every so many minutes.")
    var every: UInt32?

    @Option(help: "Instead: times of the day, such as 06:00,18:30.")
    var at: DayTimes?

    @Option(help: "The time zone of the times of the day, such as America/Chicago.")
    var timeZone = ""

    @Option(help: "What files look like: csv, json or json-lines; compressed by gzip or not.")
    var format = Format.csv

    @Option(help: "What stands between fields of CSV: comma, semicolon, tab or pipe.")
    var delimiter: FeedDelimiter?

    @Option(help: "For json: the member of the file's object that holds the list; without it, the file is the list.")
    var listMember = ""

    @Flag(help: "The objects are stock documents, as updates take them, with names of their own.")
    var stockDocuments = false

    @Option(help: "The name of the column of SKUs, or of the member of objects.")
    var skuColumn = ""

    @Option(help: "The name of the column of units, or of the member of objects.")
    var quantityColumn = ""

    @Flag(help: "The units are those on hand; without it, those free to be sold.")
    var onHand = false

    @Option(help: "What an empty number of units means.")
    var empty: Int64?

    @Option(help: "What a word in the place of a number means, such as 'In Stock=5'; may be given several times.")
    var word: [NamedText] = []

    @Option(help: "The location of all rows.")
    var location = ""

    @Option(help: "Instead: the name of the column of locations.")
    var locationColumn = ""

    @Option(help: "A location's name with the partner and here, such as 7=WHS1; may be given several times.")
    var locationName: [NamedText] = []

    @Flag(help: "A file holds all, so that what it does not name is none; without it, a file holds changes.")
    var full = false

    @Option(help: "The most SKUs with stock that may fall away in one run, in percent.")
    var maximumSkuFall: UInt32?

    @Option(help: "The most units that may fall away in one run, in percent.")
    var maximumUnitFall: UInt32?

    @Option(
        help: "The age from which the figures are stale, such as 26h or 2d; without it, that of the location counts.")
    var staleAfter: Lifetime?

    @Flag(help: "Stale figures are not sold; without it, they are sold as if they were fresh.")
    var hideStale = false

    @Flag(help: "A file that has not changed says that its figures are as fresh as the answer.")
    var unchangedIsFresh = false

    func validate() throws {
        guard (self.folder == nil) != (self.url == nil) else { throw ValidationError("give one of --folder and --url") }
        guard (self.every == nil) != (self.at == nil) else { throw ValidationError("give one of --every and --at") }
        guard self.stockDocuments || !self.skuColumn.isEmpty && !self.quantityColumn.isEmpty else {
            throw ValidationError("give --sku-column and --quantity-column, or --stock-documents")
        }
        for word in self.word where Int64(word.value) == nil {
            throw ValidationError("--word \(word.name)=\(word.value): \(word.value) is no number of units")
        }
    }

    /// The feed.
    var feed: Feed {
        var feed = Feed(
            name: self.name, active: !self.paused,
            schedule: FeedSchedule(
                intervalMinutes: self.every ?? 0, dailyMinutes: self.at?.minutes ?? [], timeZone: self.timeZone),
            table: FeedTable(
                format: self.format.message, delimiter: self.delimiter?.text ?? "", skuColumn: self.skuColumn,
                quantityColumn: self.quantityColumn, quantity: self.onHand ? .onHand : .stockAvailable,
                locationColumn: self.locationColumn,
                locations: self.locationName.map { FeedLocationName(theirs: $0.name, ours: $0.value) },
                locationID: self.location, emptyQuantity: self.empty,
                words: self.word.map { FeedQuantityWord(word: $0.name, quantity: Int64($0.value) ?? 0) },
                listMember: self.listMember, stockDocuments: self.stockDocuments),
            coverage: self.full ? .full : .changes,
            fallLimits: FeedFallLimits(skusPercent: self.maximumSkuFall, unitsPercent: self.maximumUnitFall),
            staleAfter: self.staleAfter.map { ProtoDuration(seconds: $0.seconds) },
            staleRule: self.hideStale ? .hide : .sell, unchangedIsFresh: self.unchangedIsFresh)
        if let folder {
            feed.source = .dropFolder(
                DropFolder(
                    folder: folder, filePattern: self.pattern, completion: self.completion.message,
                    settledSeconds: self.completion == .settled ? self.settledSeconds : 0))
        } else if let url {
            feed.source = .web(WebSource(url: url, secretHeader: self.secretHeader, secretName: self.secretName))
        }
        return feed
    }

    /// What files look like.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case csv, json
        case jsonLines = "json-lines"

        var message: FeedFormat {
            switch self {
            case .csv: .csv
            case .json: .json
            case .jsonLines: .jsonLines
            }
        }
    }

    /// When a file is complete.
    enum Completion: String, ExpressibleByArgument, CaseIterable {
        case renamed, settled, marker

        var message: FileCompletion {
            switch self {
            case .renamed: .renamed
            case .settled: .settled
            case .marker: .marker
            }
        }
    }
}

/// What stands between fields.
enum FeedDelimiter: String, ExpressibleByArgument, CaseIterable {
    case comma, semicolon, tab, pipe

    var text: String {
        switch self {
        case .comma: ","
        case .semicolon: ";"
        case .tab: "\t"
        case .pipe: "|"
        }
    }
}

/// Times of the day such as `06:00,18:30`.
struct DayTimes: ExpressibleByArgument, Hashable {
    /// Minutes of the day.
    let minutes: [UInt32]

    init?(argument: String) {
        var minutes: [UInt32] = []
        for text in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ $0.count == 2 && $0.allSatisfy(\.isWholeNumber) }),
                let hour = UInt32(parts[0]), let minute = UInt32(parts[1]), hour < 24, minute < 60
            else { return nil }
            minutes.append(hour * 60 + minute)
        }
        self.minutes = minutes
    }
}

/// Two texts with an equals sign between them, such as `7=WHS1`; the last one counts.
struct NamedText: ExpressibleByArgument, Hashable {
    let name: String
    let value: String

    init?(argument: String) {
        guard let sign = argument.lastIndex(of: "="), sign != argument.startIndex else { return nil }
        self.name = String(argument[..<sign])
        self.value = String(argument[argument.index(after: sign)...])
    }
}
