internal import CatalogMessages

/// Which kits hold which parts, as far as it matters to kits that change. Kits may hold kits, but never themselves.
public struct KitGraph: Sendable {
    /// How deep kits may be nested: a kit of plain parts is one level.
    public static let maximumDepth = 5
    /// The most edges that are looked at for one change: of the kits that hold what changes, and of those within.
    public static let maximumEdges = 20_000

    private var components: [SKU: Set<SKU>] = [:]
    private var kits: [SKU: Set<SKU>] = [:]

    /// No kits.
    public init() {}

    /// Adds that a kit holds a part.
    public mutating func insert(_ part: SKU, in kit: SKU) {
        self.components[kit, default: []].insert(part)
        self.kits[part, default: []].insert(kit)
    }

    /// Makes a kit hold these parts and no others; none: it is no kit.
    ///
    /// - Throws: ``CatalogRefusal`` with `kitInvalid`, where the kit would hold itself or kits would be nested too deep; it
    ///   names the path. The graph is as before then.
    public mutating func replace(_ parts: Set<SKU>, of kit: SKU) throws(CatalogRefusal) {
        let before = self
        for part in self.components.removeValue(forKey: kit) ?? [] { self.kits[part]?.remove(kit) }
        for part in parts { self.insert(part, in: kit) }
        do throws(CatalogRefusal) {
            try self.check(kit)
        } catch {
            self = before
            throw error
        }
    }

    private func check(_ kit: SKU) throws(CatalogRefusal) {
        if let path = self.path(from: kit, to: kit) {
            throw Self.refusal("would hold itself: \(Self.text(path))")
        }
        let above = Self.longest(from: kit, by: self.kits)
        let below = Self.longest(from: kit, by: self.components)
        guard above.count + below.count - 2 <= Self.maximumDepth else {
            let path = above.reversed() + below.dropFirst()
            throw Self.refusal("would make kits \(path.count - 1) levels deep: \(Self.text(Array(path)))")
        }
    }

    private static func refusal(_ problem: String) -> CatalogRefusal {
        CatalogRefusal(
            .kitInvalid, field: "kitComponents", problem,
            expected: "a kit that does not hold itself, of at most \(Self.maximumDepth) levels")
    }

    private static func text(_ path: [SKU]) -> String { path.map(\.description).joined(separator: " → ") }

    /// A way down from a kit to a part, with both; nil: there is none.
    private func path(from kit: SKU, to part: SKU) -> [SKU]? {
        var origins: [SKU: SKU] = [:]
        var waiting = [kit]
        while let current = waiting.popLast() {
            for next in (self.components[current] ?? []).sorted() where origins[next] == nil {
                origins[next] = current
                guard next != part else { return Self.way(to: part, from: kit, by: origins) }
                waiting.append(next)
            }
        }
        return nil
    }

    private static func way(to part: SKU, from kit: SKU, by origins: [SKU: SKU]) -> [SKU] {
        var path = [part]
        var current = part
        while let origin = origins[current] {
            path.append(origin)
            current = origin
            if current == kit { break }
        }
        return path.reversed()
    }

    /// The longest way from a SKU on, with it, where there is no cycle.
    ///
    /// Level by level: a SKU counts by the last level in which it is met. More levels than kits may have are too many, and
    /// are not followed further.
    private static func longest(from sku: SKU, by edges: [SKU: Set<SKU>]) -> [SKU] {
        var levels: [[SKU: SKU?]] = [[sku: nil]]
        while let last = levels.last, levels.count <= Self.maximumDepth + 1 {
            var next: [SKU: SKU?] = [:]
            for origin in last.keys.sorted() {
                for sku in edges[origin] ?? [] where next[sku] == nil { next.updateValue(origin, forKey: sku) }
            }
            guard !next.isEmpty else { break }
            levels.append(next)
        }
        var path: [SKU] = []
        var current = levels.last?.keys.min()
        for level in levels.reversed() {
            guard let sku = current else { break }
            path.append(sku)
            current = level[sku] ?? nil
        }
        return path.reversed()
    }
}
