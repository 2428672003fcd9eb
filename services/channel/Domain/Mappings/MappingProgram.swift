public import ChannelMessages
public import FileFormats
public import Refusals

/// A mapping, checked and ready to run on products: a pure function of a product and a listing's overrides.
///
/// Time and memory are bounded by ``MappingLimits``, whatever the rules and the product are.
public struct MappingProgram: Sendable {
    /// What a mapping makes of a product.
    public struct Result: Hashable, Sendable {
        /// In the order of the rules' targets; overrides of other targets behind them, by target.
        public var values: [MappedValue] = []
        /// What keeps the listing from being sent, as sentences.
        public var problems: [String] = []
    }

    /// The name under which a product's fitments can be found.
    public static let fitments = "fitments"

    private let rules: [CompiledRule]
    /// The places of each target's rules, in the order of the first of each.
    private let targets: [(target: String, rules: [Int])]

    /// Whether any rule looks at fitments, which have to be asked for then.
    public let usesFitments: Bool

    /// Checks rules, and makes them ready.
    ///
    /// - Throws: All that is wrong, with fields such as `rules[2].transforms[0].function`.
    public init(_ rules: [MappingRule]) throws(ChannelRefusal) {
        var faults = ChannelFaults()
        var compiled: [CompiledRule] = []
        for (place, rule) in rules.enumerated() {
            if let rule = CompiledRule(rule, name: "rules[\(place)]", faults: &faults) { compiled.append(rule) }
        }
        try faults.refuse()
        var places: [String: Int] = [:]
        var targets: [(target: String, rules: [Int])] = []
        for (place, rule) in compiled.enumerated() {
            if let known = places[rule.target] {
                targets[known].rules.append(place)
            } else {
                places[rule.target] = targets.count
                targets.append((rule.target, [place]))
            }
        }
        self.rules = compiled
        self.targets = targets
        self.usesFitments = compiled.contains { rule in
            rule.source?.root == Self.fitments || rule.conditions.contains { $0.source.root == Self.fitments }
        }
    }

    /// Makes the values of a listing.
    ///
    /// - Parameters:
    ///   - product: The product's message as JSON; its fitments stand in it under ``fitments``.
    ///   - overrides: By target; they go before all rules. An empty one leaves its target out.
    public func run(on product: JSONValue, overrides: [String: String] = [:]) -> Result {
        var result = Result()
        var work = MappingLimits.workBytes
        for (target, places) in self.targets {
            if let override = overrides[target] {
                self.add(override, of: target, rules: places, to: &result)
            } else {
                self.add(target, places, product, &work, to: &result)
            }
        }
        let known = Set(self.targets.map(\.target))
        for (target, value) in overrides.sorted(by: { $0.key < $1.key }) where !known.contains(target) && !value.isEmpty
        {
            result.values.append(MappedValue(target: target, value: value, rule: -1))
        }
        let bytes = result.values.reduce(0) { $0 + $1.value.utf8.count }
        if bytes > MappingLimits.listingBytes {
            result.add(problem: "the listing has \(bytes) bytes; at most \(MappingLimits.listingBytes) may be")
        }
        return result
    }

    private func add(_ override: String, of target: String, rules places: [Int], to result: inout Result) {
        if !override.isEmpty {
            result.values.append(MappedValue(target: target, value: override, rule: -1))
        } else if places.contains(where: { self.rules[$0].isRequired }) {
            result.add(problem: "\(target) is required, and the listing's override is empty")
        }
    }

    /// The first of the target's rules that gives a value counts; what went wrong is told only where none does.
    private func add(
        _ target: String, _ places: [Int], _ product: JSONValue, _ work: inout Int, to result: inout Result
    ) {
        var faults: [String] = []
        var isRequired = false
        for place in places {
            let rule = self.rules[place]
            do throws(MappingFault) {
                guard try rule.counts(for: product) else { continue }
                isRequired = isRequired || rule.isRequired
                guard let value = try rule.value(for: product, work: &work) else { continue }
                result.values.append(MappedValue(target: target, value: value, rule: Int32(place)))
                return
            } catch {
                faults.append("\(target), rules[\(place)]: \(error)")
            }
        }
        if faults.isEmpty, isRequired {
            faults.append("\(target) is required, and no rule gives it a value")
        }
        for fault in faults { result.add(problem: fault) }
    }
}

extension MappingProgram.Result {
    fileprivate mutating func add(problem: String) {
        guard self.problems.count < MappingLimits.problems else { return }
        self.problems.append(problem)
    }
}
