internal import CatalogMessages

/// Which parts take the place of which, as far as it matters to some parts.
///
/// What holds on one day is a graph without cycles. Edges that hold on no common day may lead in a circle: a part may come
/// back after its successor is gone.
public struct SupersessionGraph: Sendable {
    /// The most parts that take the place of one directly.
    public static let maximumSuccessors = 50
    /// The most parts whose place one takes directly.
    public static let maximumPredecessors = 500
    /// The most edges that lead on from a part, or to it, directly or by others.
    public static let maximumReach = 2_000
    /// How many edges the farthest part may be away along a chain, whatever their days.
    public static let maximumDepth = 64
    /// The most parts that are named as sold now in the place of one.
    public static let maximumCurrent = 100

    private var successors: [SKU: [SKU: SupersessionEdge]] = [:]
    private var predecessors: [SKU: [SKU: SupersessionEdge]] = [:]

    /// A graph by its edges; of several between the same parts the last counts.
    public init(_ edges: some Sequence<SupersessionEdge> = []) {
        for edge in edges { self.insert(edge) }
    }

    private mutating func insert(_ edge: SupersessionEdge) {
        self.successors[edge.old, default: [:]][edge.new] = edge
        self.predecessors[edge.new, default: [:]][edge.old] = edge
    }

    /// Adds or replaces an edge.
    ///
    /// Needs all edges that lead on from the new part, and all that lead to the old one.
    ///
    /// - Throws: ``CatalogRefusal`` with `supersessionCycle`, where on some day a part would take its own place: it names
    ///   the day and the path; or with `tooMany` for a limit. The graph is as before then.
    public mutating func put(_ edge: SupersessionEdge) throws(CatalogRefusal) {
        guard edge.old != edge.new else {
            throw Self.cycle([edge.old, edge.new], on: edge.days.lowerBound)
        }
        let before = self
        self.insert(edge)
        do throws(CatalogRefusal) {
            try self.checkLimits(edge)
            try self.checkCycles(edge)
        } catch {
            self = before
            throw error
        }
    }

    /// The parts that are sold in the place of one on a day: the ends of its chains, by bytes; the part itself where
    /// nothing takes its place. At most ``maximumCurrent``.
    public func current(for sku: SKU, on day: Day) -> [SKU] {
        var ends: Set<SKU> = []
        var seen: Set<SKU> = [sku]
        var level = [sku]
        for _ in 0...Self.maximumDepth where !level.isEmpty {
            var next: [SKU] = []
            for part in level {
                let followers = self.successors(of: part, on: day)
                if followers.isEmpty { ends.insert(part) }
                for edge in followers where seen.insert(edge.new).inserted { next.append(edge.new) }
            }
            level = next
        }
        return Array(ends.sorted().prefix(Self.maximumCurrent))
    }

    /// The edges that lead on from a part on a day, directly or by others: the nearest first.
    public func chain(from sku: SKU, on day: Day) -> [SupersessionEdge] {
        self.walk(from: sku) {
            self.successors(of: $0, on: day)
        } next: {
            $0.new
        }
    }

    /// The edges that lead to a part on a day, directly or by others: the nearest first.
    public func chain(to sku: SKU, on day: Day) -> [SupersessionEdge] {
        self.walk(from: sku) {
            Self.holding(self.predecessors[$0], on: day)
        } next: {
            $0.old
        }
    }

    private func walk(
        from sku: SKU, _ edges: (SKU) -> [SupersessionEdge], next: (SupersessionEdge) -> SKU
    ) -> [SupersessionEdge] {
        var found: [SupersessionEdge] = []
        var seen: Set<SKU> = [sku]
        var level = [sku]
        while !level.isEmpty {
            let reached = level.flatMap(edges)
            found += reached
            level = reached.map(next).filter { seen.insert($0).inserted }
        }
        return found
    }

    private func successors(of sku: SKU, on day: Day) -> [SupersessionEdge] {
        Self.holding(self.successors[sku], on: day)
    }

    private static func holding(_ edges: [SKU: SupersessionEdge]?, on day: Day) -> [SupersessionEdge] {
        (edges ?? [:]).values.filter { $0.days.contains(day) }.sorted { ($0.old, $0.new) < ($1.old, $1.new) }
    }
}

extension SupersessionGraph {
    private func checkLimits(_ edge: SupersessionEdge) throws(CatalogRefusal) {
        guard (self.successors[edge.old]?.count ?? 0) <= Self.maximumSuccessors else {
            throw Self.tooMany("parts that take the place of \(edge.old)", Self.maximumSuccessors)
        }
        guard (self.predecessors[edge.new]?.count ?? 0) <= Self.maximumPredecessors else {
            throw Self.tooMany("parts whose place \(edge.new) takes", Self.maximumPredecessors)
        }
        let above = self.depth(from: edge.old) { self.predecessors[$0].map { Array($0.keys) } ?? [] }
        let below = self.depth(from: edge.new) { self.successors[$0].map { Array($0.keys) } ?? [] }
        guard above + 1 + below <= Self.maximumDepth else {
            throw Self.tooMany("supersessions in one chain", Self.maximumDepth)
        }
    }

    /// How many edges the farthest part is away.
    private func depth(from sku: SKU, _ next: (SKU) -> [SKU]) -> Int {
        var depth = 0
        var seen: Set<SKU> = [sku]
        var level: Set<SKU> = [sku]
        while depth <= Self.maximumDepth {
            level = Set(level.flatMap(next)).subtracting(seen)
            guard !level.isEmpty else { break }
            seen.formUnion(level)
            depth += 1
        }
        return depth
    }

    /// On each day on which the graph within the edge's days may be another one, looks for a way back.
    ///
    /// A circle's edges hold together from the first day of one of them on, so only such days are looked at.
    private func checkCycles(_ edge: SupersessionEdge) throws(CatalogRefusal) {
        var days: Set<Day> = [edge.days.lowerBound]
        for other in self.reach(from: edge.new) where edge.days.contains(other.days.lowerBound) {
            days.insert(other.days.lowerBound)
        }
        for day in days.sorted() {
            if let path = self.path(from: edge.new, to: edge.old, on: day) {
                throw Self.cycle([edge.old] + path, on: day)
            }
        }
    }

    private func reach(from sku: SKU) -> [SupersessionEdge] {
        self.walk(from: sku) {
            self.successors[$0].map { Array($0.values) } ?? []
        } next: {
            $0.new
        }
    }

    private func path(from start: SKU, to end: SKU, on day: Day) -> [SKU]? {
        var origins: [SKU: SKU] = [:]
        var waiting = [start]
        var seen: Set<SKU> = [start]
        while let current = waiting.popLast() {
            guard current != end else {
                var path = [end]
                while let last = path.last, let origin = origins[last] { path.append(origin) }
                return path.reversed()
            }
            for edge in self.successors(of: current, on: day) where seen.insert(edge.new).inserted {
                origins[edge.new] = current
                waiting.append(edge.new)
            }
        }
        return nil
    }

    private static func cycle(_ path: [SKU], on day: Day) -> CatalogRefusal {
        CatalogRefusal(
            .supersessionCycle, field: "newSku",
            "would make \(path.first.map(\.description) ?? "") take its own place on \(day): \(path.map(\.description).joined(separator: " → "))",
            expected: "a part that does not lead back")
    }

    /// There are as many as there can be.
    public static func tooMany(_ what: String, _ limit: Int) -> CatalogRefusal {
        CatalogRefusal(.tooMany, "there are \(limit) \(what) already, as many as there can be")
    }
}
