internal import InventoryMessages
internal import WellKnownMessages

/// A feed as it is shown.
struct FeedEntry: Encodable {
    struct Location: Encodable {
        let locationId: String
        let fedAt: String?
        let ageSeconds: Int64?
        let stale: Bool
    }

    let feedId: String
    let name: String
    let active: Bool
    let source: String
    let nextDueAt: String?
    let lookedAt: String?
    let finding: String
    let failures: UInt32
    let problem: String?
    let locations: [Location]

    init(_ feed: Feed) {
        self.feedId = feed.feedID
        self.name = feed.name
        self.active = feed.active
        self.source =
            switch feed.source {
            case .dropFolder(let folder): "\(folder.folder)/\(folder.filePattern)"
            case .web(let web): web.url.split(separator: "?", maxSplits: 1).first.map(String.init) ?? ""
            case nil: ""
            }
        let status = feed.status ?? FeedStatus()
        self.nextDueAt = status.nextDueAt?.text
        self.lookedAt = status.lookedAt?.text
        self.finding =
            switch status.finding {
            case .nothing: "nothing"
            case .unchanged: "unchanged"
            case .file: "file"
            case .fault: "fault"
            case .unspecified, .unrecognized: "-"
            }
        self.failures = status.failures
        self.problem = status.problem.map { "\($0.code): \($0.message)" }
        self.locations = status.locations.map {
            Location(
                locationId: $0.locationID, fedAt: $0.fedAt?.text, ageSeconds: $0.age?.seconds, stale: $0.stale)
        }
    }

    /// The locations with the age of their figures, such as `WHS1 12m, WHS2 3d stale`.
    private var ages: String {
        self.locations.map { location in
            let age = location.ageSeconds.map(Self.age) ?? "never"
            return "\(location.locationId) \(age)\(location.stale ? " stale" : "")"
        }.joined(separator: ", ")
    }

    private static func age(_ seconds: Int64) -> String {
        switch seconds {
        case ..<120: "\(seconds)s"
        case ..<7_200: "\(seconds / 60)m"
        case ..<172_800: "\(seconds / 3_600)h"
        default: "\(seconds / 86_400)d"
        }
    }

    static var columns: [(title: String, text: (FeedEntry) -> String)] {
        [
            ("ID", \.feedId), ("SOURCE", \.source), ("DUE", { $0.nextDueAt ?? "by hand" }),
            ("LOOKED", { $0.lookedAt ?? "never" }), ("FOUND", \.finding), ("AGE", \.ages),
            ("FAILURES", { "\($0.failures)" }), ("PROBLEM", { $0.problem ?? "" }),
        ]
    }
}

/// A run as it is shown.
struct FeedRunEntry: Encodable {
    let runId: String
    let state: String
    let file: String
    let startedAt: String?
    let endedAt: String?
    let bytes: Int64
    let rows: Int64
    let changed: Int64
    let unchanged: Int64
    let superseded: Int64
    let failed: Int64
    let absent: Int64
    let importId: String
    let problem: String?
    let faults: [String]

    init(_ run: FeedRun) {
        self.runId = run.runID
        self.state =
            switch run.state {
            case .fetching: "fetching"
            case .importing: "importing"
            case .succeeded: "succeeded"
            case .refused: "refused"
            case .failed: "failed"
            case .unspecified, .unrecognized: "unknown"
            }
        self.file = run.file
        self.startedAt = run.startedAt?.text
        self.endedAt = run.endedAt?.text
        self.bytes = run.bytes
        self.rows = run.rows
        self.changed = run.rowsChanged
        self.unchanged = run.rowsUnchanged
        self.superseded = run.rowsSuperseded
        self.failed = run.rowsFailed
        self.absent = run.rowsAbsent
        self.importId = run.importID
        self.problem = run.problem.map { "\($0.code): \($0.message)" }
        self.faults = run.faults.map { "row \($0.row): \($0.message)" }
    }

    static var columns: [(title: String, text: (FeedRunEntry) -> String)] {
        [
            ("STARTED", { $0.startedAt ?? "" }), ("STATE", \.state), ("FILE", \.file), ("ROWS", { "\($0.rows)" }),
            ("CHANGED", { "\($0.changed)" }), ("SAME", { "\($0.unchanged)" }), ("LOST", { "\($0.superseded)" }),
            ("FAILED", { "\($0.failed)" }), ("ABSENT", { "\($0.absent)" }),
            ("PROBLEM", { $0.problem ?? $0.faults.first ?? "" }),
        ]
    }
}
