internal import Foundation
internal import InventoryDomain
internal import InventoryMessages
internal import RPC
internal import WellKnownMessages

/// What a feed is, as its message says; checked.
struct FeedDefinition: Sendable {
    /// Where its files come from.
    enum Source: Hashable, Sendable {
        case dropFolder(DropFolderSource)
        case web(WebAddress)
    }

    /// A drop folder, and which of its files are meant.
    struct DropFolderSource: Hashable, Sendable {
        let folder: String
        let pattern: FilePattern
        let completion: InventoryDomain.FileCompletion
    }

    /// What is fetched, and by what secret.
    struct WebAddress: Hashable, Sendable {
        let url: String
        let secretHeader: String?
        let secretName: String?

        /// For people: without the query, which may hold secrets.
        var publicText: String { url.split(separator: "?", maxSplits: 1).first.map(String.init) ?? "" }
    }

    /// What its files look like.
    enum Form: Sendable {
        case csv(delimiter: UInt8)
        /// A list, as the member of an object where it has a name.
        case json(list: String?, FeedObjects)
        case jsonLines(FeedObjects)
    }

    let isActive: Bool
    let source: Source
    let schedule: InventoryDomain.FeedSchedule
    let timeZone: TimeZone
    let form: Form
    let mapping: FeedMapping
    /// Whether its numbers are units on hand; else those free to be sold.
    let isOnHand: Bool
    /// Whether a file holds all.
    let isFull: Bool
    let fallGuard: FallGuard
    let staleAfterSeconds: Int64?
    let staleRule: InventoryDomain.StaleRule
    let unchangedIsFresh: Bool

    /// - Throws: ``RPCError`` that names the field at fault.
    init(_ feed: Feed) throws(RPCError) {
        guard let schedule = feed.schedule, let table = feed.table else {
            let field = feed.schedule == nil ? "feed.schedule" : "feed.table"
            throw RPCError(field: field, "is missing", expected: "it")
        }
        self.isActive = feed.active
        self.source = try Self.source(feed.source)
        (self.schedule, self.timeZone) = try Self.schedule(schedule)
        self.mapping = try Self.mapping(table)
        self.form = try Self.form(table, self.mapping)
        switch table.quantity {
        case .onHand: self.isOnHand = true
        case .stockAvailable: self.isOnHand = false
        default:
            throw RPCError(field: "feed.table.quantity", "is not known", expected: "stockAvailable or onHand")
        }
        switch feed.coverage {
        case .full: self.isFull = true
        case .changes: self.isFull = false
        default: throw RPCError(field: "feed.coverage", "is not known", expected: "changes or full")
        }
        self.fallGuard = FallGuard(
            skusPercent: feed.fallLimits?.skusPercent.map { Int64($0) } ?? FallGuard.defaultSKUsPercent,
            unitsPercent: feed.fallLimits?.unitsPercent.map { Int64($0) } ?? FallGuard.defaultUnitsPercent)
        self.staleAfterSeconds = try Inventory.seconds(feed.staleAfter, field: "feed.staleAfter", minimum: 1)
        guard (0...2).contains(feed.staleRule.rawValue) else {
            throw RPCError(field: "feed.staleRule", "is not known", expected: "sell or hide")
        }
        self.staleRule = feed.staleRule == .hide ? .hide : .sell
        self.unchangedIsFresh = feed.unchangedIsFresh
    }

    /// The time zone of its schedule.
    var offset: InventoryDomain.FeedSchedule.Offset {
        let zone = self.timeZone
        return { moment in Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(moment.seconds)))) }
    }

    /// When it is due; nil: by hand only.
    var ownSchedule: InventoryDomain.FeedSchedule? { self.isActive ? self.schedule : nil }

    private static func source(_ source: Feed.Source?) throws(RPCError) -> Source {
        switch source {
        case nil: throw RPCError(field: "feed.dropFolder", "is missing", expected: "one of dropFolder and web")
        case .dropFolder(let folder):
            // Again what the proto says: a name with another character could lead out of the brand's folder.
            guard FeedNames.isValid(folder.folder) else {
                throw RPCError(field: "feed.dropFolder.folder", "is no name of a folder", expected: FeedNames.expected)
            }
            let settled = folder.settledSeconds == 0 ? 60 : Int64(folder.settledSeconds)
            let completion: InventoryDomain.FileCompletion
            switch folder.completion {
            case .renamed: completion = .renamed
            case .settled: completion = .settled(seconds: settled)
            case .marker: completion = .marker
            default:
                throw RPCError(
                    field: "feed.dropFolder.completion", "is not known", expected: "renamed, settled or marker")
            }
            guard !folder.filePattern.contains("/") else {
                throw RPCError(field: "feed.dropFolder.filePattern", "has a slash", expected: "a pattern of names")
            }
            return .dropFolder(
                DropFolderSource(
                    folder: folder.folder, pattern: FilePattern(folder.filePattern), completion: completion))
        case .web(let web): return .web(try Self.webAddress(web))
        }
    }

    private static func webAddress(_ web: WebSource) throws(RPCError) -> WebAddress {
        guard FeedURL(web.url) != nil else {
            throw RPCError(
                field: "feed.web.url", "is no URL that is fetched",
                expected: "https, a host, and neither user nor password")
        }
        guard web.secretHeader.isEmpty == web.secretName.isEmpty else {
            throw RPCError(
                field: web.secretName.isEmpty ? "feed.web.secretName" : "feed.web.secretHeader", "is missing",
                expected: "both secretHeader and secretName, or neither")
        }
        guard web.secretName.isEmpty || FeedNames.isValid(web.secretName) else {
            throw RPCError(field: "feed.web.secretName", "is no name of a secret", expected: FeedNames.expected)
        }
        return WebAddress(
            url: web.url, secretHeader: web.secretHeader.isEmpty ? nil : web.secretHeader,
            secretName: web.secretName.isEmpty ? nil : web.secretName)
    }

    private static func schedule(
        _ schedule: InventoryMessages.FeedSchedule
    ) throws(RPCError) -> (InventoryDomain.FeedSchedule, TimeZone) {
        let name = schedule.timeZone.isEmpty ? "UTC" : schedule.timeZone
        guard let zone = TimeZone(identifier: name) else {
            throw RPCError(
                field: "feed.schedule.timeZone", "is no time zone that is known: \(name.debugDescription)",
                expected: "an IANA name, for example America/Chicago")
        }
        guard (schedule.intervalMinutes > 0) != !schedule.dailyMinutes.isEmpty else {
            throw RPCError(
                field: "feed.schedule.intervalMinutes", "or dailyMinutes is to be given",
                expected: "1 to 10080 minutes, or times of the day")
        }
        if schedule.intervalMinutes > 0 { return (.interval(minutes: Int64(schedule.intervalMinutes)), zone) }
        return (.daily(minutes: Set(schedule.dailyMinutes.map { Int64($0) }).sorted()), zone)
    }
}

/// Names that become part of a path.
enum FeedNames {
    static let expected = "1 to 64 letters, digits, dots, hyphens and underscores, a letter or digit first"

    /// Whether a name leads nowhere but to an entry of the folder that it is looked up in.
    static func isValid(_ name: String) -> Bool {
        func isPlain(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        guard let first = name.utf8.first, (1...64).contains(name.utf8.count), isPlain(first) else { return false }
        return name.utf8.allSatisfy { isPlain($0) || ".-_".utf8.contains($0) }
    }
}
