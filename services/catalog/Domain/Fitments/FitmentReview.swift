public import CatalogMessages
internal import Vehicles

/// Finds what is doubtful among fitments, group by group, in bounded memory.
///
/// A group is what has the same vehicle key, part type, position and manufacturer's label. Fitments must come sorted by
/// these; within a group any order will do. docs/fitment.md defines the findings.
public struct FitmentReview: Sendable {
    /// The most fitments of a group that are compared with each other: some 10 MB. A larger group is reviewed in pieces
    /// of this size, in the order in which its fitments come.
    public static let maximumGroup = 10_000
    /// The most parts, and the most fitments, that a finding names.
    public static let maximumNamed = 200

    private let kinds: Set<FitmentFindingKind>
    private let known: KnownVehicles?
    private var group: [ReviewedFitment] = []

    /// - Parameters:
    ///   - kinds: What to look for.
    ///   - known: Tells which vehicles there are; without it none is unknown.
    public init(_ kinds: Set<FitmentFindingKind>, _ known: KnownVehicles?) {
        self.kinds = kinds
        self.known = known
    }

    /// Takes the next fitment.
    ///
    /// - Returns: The findings of the group that is complete by that; mostly none.
    public mutating func add(_ fitment: ReviewedFitment) -> [FitmentFinding] {
        var findings: [FitmentFinding] = []
        let isNext = self.group.first.map { !$0.isCompared(with: fitment) } ?? false
        if isNext || self.group.count == Self.maximumGroup { findings = self.finish() }
        self.group.append(fitment)
        return findings
    }

    /// The findings of the last group.
    public mutating func finish() -> [FitmentFinding] {
        defer { self.group.removeAll(keepingCapacity: true) }
        return Self.findings(in: self.group, self.kinds, self.known)
    }

    static func findings(
        in group: [ReviewedFitment], _ kinds: Set<FitmentFindingKind>, _ known: KnownVehicles?
    ) -> [FitmentFinding] {
        var findings: [FitmentFinding] = []
        if group.count > 1 {
            if kinds.contains(.overlap) { findings += Self.overlaps(group) }
            if kinds.contains(.duplicate) { findings += Self.duplicates(group) }
            if kinds.contains(.commentNoComment) { findings += Self.commentNoComment(group) }
            if kinds.contains(.gap) { findings += Self.gaps(group, known) }
        }
        if kinds.contains(.unknownVehicle), let known { findings += Self.unknownVehicles(group, known) }
        return findings
    }

    private struct Alike: Hashable {
        let conditions: FitmentID?
        let assetName: String
        var sku = ""
    }

    private static func overlaps(_ group: [ReviewedFitment]) -> [FitmentFinding] {
        Self.parted(group) { Alike(conditions: $0.conditions, assetName: $0.assetName) }.flatMap { alike in
            YearRuns.runs(of: alike.map(\.years)) { places in
                places.contains { alike[$0].sku != alike[places[0]].sku }
            }.map { run in
                let members = run.places.map { alike[$0] }
                return FitmentFinding(.overlap, members, years: run.years) {
                    "\($0) parts fit under the same conditions; it cannot be told which one is right"
                }
            }
        }
    }

    private static func duplicates(_ group: [ReviewedFitment]) -> [FitmentFinding] {
        Self.parted(group) { Alike(conditions: $0.conditions, assetName: $0.assetName, sku: $0.sku) }
            .flatMap { alike in
                YearRuns.runs(of: alike.map(\.years)) { $0.count > 1 }.map { run in
                    let members = run.places.map { alike[$0] }
                    return FitmentFinding(.duplicate, members, years: run.years) { _ in
                        "the same is said \(members.count) times"
                    }
                }
            }
    }

    private static func commentNoComment(_ group: [ReviewedFitment]) -> [FitmentFinding] {
        YearRuns.runs(of: group.map(\.years)) { places in
            places.contains { group[$0].conditions == nil } && places.contains { group[$0].conditions != nil }
        }.map { run in
            let members = run.places.map { group[$0] }
            var finding = FitmentFinding(.commentNoComment, members, years: run.years) { _ in
                "of \(members.count) fitments some have conditions, and others have none and fit always"
            }
            finding.conditions = ""
            return finding
        }
    }

    private static func gaps(_ group: [ReviewedFitment], _ known: KnownVehicles?) -> [FitmentFinding] {
        guard let vehicle = group.first?.vehicle, VehicleWay.said(by: vehicle) == [.years],
            vehicle.modelID != 0 || !vehicle.model.isEmpty
        else { return [] }
        let model = known?.catalog.make(named: vehicle.make)?.model(named: vehicle.model)
        return Self.parted(group, by: \.sku).compactMap { members in
            var missing = YearRuns.missing(in: members.map(\.years))
            if let known, let model, let first = missing.first, let last = missing.last {
                // A model that was not made in a year leaves no gap.
                let unknown = Set(known.unknownYears(of: model, in: Int(first)...Int(last)).map { Int32($0) })
                missing.removeAll(where: unknown.contains)
            }
            guard let first = missing.first, let last = missing.last else { return nil }
            var finding = FitmentFinding(.gap, members, years: first...last) { _ in
                "years are missing between those that the part fits"
            }
            finding.years = missing
            finding.conditions = ""
            return finding
        }
    }

    private static func unknownVehicles(_ group: [ReviewedFitment], _ known: KnownVehicles) -> [FitmentFinding] {
        var doubts: [VehicleSelector: VehicleDoubt?] = [:]
        var found: [(doubt: VehicleDoubt, members: [ReviewedFitment])] = []
        for member in group {
            var named = VehicleSelector(make: member.vehicle.make, model: member.vehicle.model)
            (named.yearFrom, named.yearTo) = (member.vehicle.yearFrom, member.vehicle.yearTo)
            let doubt = doubts[named] ?? known.doubt(about: named)
            doubts[named] = .some(doubt)
            guard let doubt else { continue }
            if let place = found.firstIndex(where: { $0.doubt == doubt }) {
                found[place].members.append(member)
            } else {
                found.append((doubt, [member]))
            }
        }
        return found.map { doubt, members in
            let years = members[0].years
            var finding = FitmentFinding(.unknownVehicle, members, years: years) { _ in doubt.message }
            finding.suggestions = doubt.suggestions
            finding.years = doubt.years.map { Int32($0) }
            finding.conditions = ""
            return finding
        }
    }

    /// The members by what they share, in the order in which each of it comes first.
    private static func parted<Key: Hashable>(
        _ group: [ReviewedFitment], by key: (ReviewedFitment) -> Key
    ) -> [[ReviewedFitment]] {
        var places: [Key: Int] = [:]
        var parts: [[ReviewedFitment]] = []
        for member in group {
            let key = key(member)
            if let place = places[key] {
                parts[place].append(member)
            } else {
                places[key] = parts.count
                parts.append([member])
            }
        }
        return parts
    }
}

extension FitmentFinding {
    /// - Parameters:
    ///   - members: At least one.
    ///   - message: Made of the number of parts.
    fileprivate init(
        _ kind: FitmentFindingKind, _ members: [ReviewedFitment], years: ClosedRange<Int32>, _ message: (Int) -> String
    ) {
        let skus = Set(members.map(\.sku)).sorted()
        var vehicle = members.first?.vehicle ?? VehicleSelector()
        (vehicle.submodelID, vehicle.submodel) = (0, "")
        if vehicle.yearFrom != 0 { (vehicle.yearFrom, vehicle.yearTo) = (years.lowerBound, years.upperBound) }
        self.init()
        self.kind = kind
        self.vehicle = vehicle
        if let first = members.first {
            (self.partTypeID, self.partType) = (first.partTypeID, first.partType)
            (self.positionID, self.position) = (first.positionID, first.position)
            self.conditions = first.words
        }
        self.skus = Array(skus.prefix(FitmentReview.maximumNamed))
        self.fitmentIDs = members.prefix(FitmentReview.maximumNamed).map(\.reference)
        self.message = message(skus.count)
    }
}
