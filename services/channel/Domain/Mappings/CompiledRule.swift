internal import ChannelMessages
internal import FileFormats
internal import Refusals

/// A rule of a mapping, ready to run.
struct CompiledRule: Sendable {
    let target: String
    let isRequired: Bool
    /// nil: the constant.
    let source: SourcePath?
    let constant: String
    let functions: [MappingFunction]
    let conditions: [CompiledCondition]

    /// - Parameter faults: Gets what is wrong, with fields below the rule's name.
    /// - Returns: nil: something is.
    init?(_ rule: MappingRule, name: String, faults: inout ChannelFaults) {
        var isValid = true
        func add(_ fault: RuleFault, in container: String) {
            faults.add(.invalidValue, "\(name).\(container)\(fault.field)", fault.reason, expected: fault.expected)
            isValid = false
        }
        if let fault = Self.fault(ofTarget: rule.target) { add(fault, in: "") }
        var source: SourcePath?
        if rule.source.isEmpty {
            if rule.constant.isEmpty, !rule.transforms.contains(where: { $0.function == "default" }) {
                add(RuleFault("source", "is empty, and so is the constant", expected: "one of them"), in: "")
            }
        } else {
            if !rule.constant.isEmpty {
                add(RuleFault("constant", "is given beside a source", expected: "one of them"), in: "")
            }
            do throws(SourcePath.SyntaxFault) {
                source = try SourcePath(rule.source)
            } catch {
                add(RuleFault("source", error.description, expected: SourcePath.expectation), in: "")
            }
        }
        var functions: [MappingFunction] = []
        for (place, transform) in rule.transforms.enumerated() {
            do throws(RuleFault) {
                functions.append(try MappingFunction(transform))
            } catch {
                add(error, in: "transforms[\(place)].")
            }
        }
        var conditions: [CompiledCondition] = []
        for (place, condition) in rule.conditions.enumerated() {
            do throws(RuleFault) {
                conditions.append(try CompiledCondition(condition))
            } catch {
                add(error, in: "conditions[\(place)].")
            }
        }
        guard isValid else { return nil }
        self.target = rule.target
        self.isRequired = rule.required
        self.source = source
        self.constant = rule.constant
        self.functions = functions
        self.conditions = conditions
    }

    /// What is wrong with a path of a listing; nil: nothing.
    static func fault(ofTarget target: String) -> RuleFault? {
        let expected = "a path of the platform's listing: names with points between them"
        guard !target.isEmpty else { return RuleFault("target", "is missing", expected: expected) }
        let parts = target.split(separator: ".", omittingEmptySubsequences: false)
        guard !parts.contains("") else { return RuleFault("target", "has an empty name", expected: expected) }
        guard target.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            return RuleFault("target", "has a control character", expected: expected)
        }
        return nil
    }

    /// Whether all conditions hold.
    func counts(for product: JSONValue) throws(MappingFault) -> Bool {
        for condition in self.conditions where try !condition.holds(for: product) { return false }
        return true
    }

    /// The value for a product.
    ///
    /// - Parameter work: The bytes that may still be looked at.
    /// - Returns: nil: it gives none.
    func value(for product: JSONValue, work: inout Int) throws(MappingFault) -> String? {
        var value: MappingText? = self.constant.isEmpty ? nil : .one(self.constant)
        if let source = self.source { value = try source.values(in: product).map { MappingText($0) } }
        try Self.check(value, &work)
        for function in self.functions {
            value = try function.apply(value)
            if case .one("")? = value { value = nil }
            try Self.check(value, &work)
        }
        return value?.final
    }

    private static func check(_ value: MappingText?, _ work: inout Int) throws(MappingFault) {
        guard let count = value?.byteCount else { return }
        guard count <= MappingLimits.valueBytes else {
            throw MappingFault("the value has more than \(MappingLimits.valueBytes) bytes")
        }
        work -= count
        guard work >= 0 else {
            throw MappingFault("the mapping looks at more than \(MappingLimits.workBytes) bytes for the product")
        }
    }
}
