import ChannelMessages
import FileFormats
import Refusals
import TestSupport
import Testing

@testable import ChannelDomain

@Suite("What mappings make of products", .processorBound)
struct MappingProgramTests {
    private func run(_ rules: [MappingRule], overrides: [String: String] = [:]) throws -> MappingProgram.Result {
        try MappingProgram(rules).run(on: try MappingSample.product(), overrides: overrides)
    }

    @Test("the first rule of a target that gives a value counts, and is named")
    func first() throws {
        let result = try self.run([
            MappingRule(target: "title", source: "nothing"), MappingRule(target: "sku", source: "sku"),
            MappingRule(target: "title", source: "name"), MappingRule(target: "title", constant: "never"),
        ])
        #expect(
            result.values == [
                MappedValue(target: "title", value: "Brake Pad Set", rule: 2),
                MappedValue(target: "sku", value: "ABC1234", rule: 1),
            ])
        #expect(result.problems.isEmpty)
    }

    @Test("overrides go before all rules; an empty one leaves its target out; others are added by target")
    func overrides() throws {
        let rules = [MappingRule(target: "title", source: "name"), MappingRule(target: "vendor", source: "brandLabel")]
        let result = try self.run(rules, overrides: ["title": "Mine", "vendor": "", "z": "26", "b": "2", "c": ""])
        #expect(
            result.values == [
                MappedValue(target: "title", value: "Mine", rule: -1), MappedValue(target: "b", value: "2", rule: -1),
                MappedValue(target: "z", value: "26", rule: -1),
            ])
    }

    @Test("a required value that is missing keeps the listing from being sent, and no other does")
    func required() throws {
        let result = try self.run([
            MappingRule(target: "a", source: "nothing", required: true), MappingRule(target: "b", source: "nothing"),
            MappingRule(target: "c", source: "name", required: true),
        ])
        #expect(result.values.map(\.target) == ["c"])
        #expect(result.problems == ["a is required, and no rule gives it a value"])
        #expect(
            try self.run([MappingRule(target: "c", source: "name", required: true)], overrides: ["c": ""]).problems
                == ["c is required, and the listing's override is empty"])
    }

    @Test("a rule whose conditions do not all hold is passed over, with what it requires")
    func conditions() throws {
        func holds(_ test: String, _ source: String, _ values: String...) throws -> Bool {
            let condition = MappingCondition(source: source, test: test, values: values)
            return try MappingSample.value("name", conditions: [condition]) != nil
        }
        #expect(try holds("present", "gtin"))
        #expect(try !holds("present", "nothing"))
        #expect(try holds("absent", "certifications"))
        #expect(try !holds("absent", "images"))
        #expect(try holds("equals", "attributes.Material", "Ceramic"))
        #expect(try !holds("equals", "attributes.Material", "ceramic"))
        #expect(try holds("equals", "fitments[*].vehicle.make", "Lexus"))
        #expect(try holds("not-equals", "attributes.Material", "Metal"))
        #expect(try !holds("not-equals", "fitments[*].vehicle.make", "Lexus"))
        #expect(try holds("not-equals", "nothing", "Lexus"))
        #expect(try holds("in", "attributes.Material", "Metal", "Ceramic"))
        #expect(try !holds("in", "nothing", "Metal"))
        #expect(try holds("matches", "gtin", "0[0-9]{11}"))
        #expect(try !holds("matches", "gtin", "[0-9]{11}"))
        let both = [
            MappingCondition(source: "gtin", test: "present"), MappingCondition(source: "gtin", test: "absent"),
        ]
        let rule = MappingRule(target: "t", source: "nothing", conditions: both, required: true)
        #expect(try self.run([rule]) == MappingProgram.Result())
    }

    @Test("everything that is wrong with a mapping is told at once, each with its field")
    func faults() {
        let rules = [
            MappingRule(target: "a..b", source: "x["), MappingRule(target: "", source: "x", constant: "y"),
            MappingRule(target: "t"),
            MappingRule(
                target: "t", source: "x",
                conditions: [
                    MappingCondition(source: "", test: "present"), MappingCondition(source: "x", test: "is"),
                    MappingCondition(source: "x", test: "present", values: ["1"]),
                    MappingCondition(source: "x", test: "equals"), MappingCondition(source: "x", test: "in"),
                    MappingCondition(source: "x", test: "matches", values: ["(a"]),
                    MappingCondition(source: "x", test: "matches"),
                ]),
            MappingRule(target: "t", constant: "x"),
        ]
        let error = #expect(throws: ChannelRefusal.self) { try MappingProgram(rules) }
        #expect(error?.reason == .invalidValue)
        #expect(
            error?.faults.map(\.field) == [
                "rules[0].target", "rules[0].source", "rules[1].target", "rules[1].constant", "rules[2].source",
                "rules[3].conditions[0].source", "rules[3].conditions[1].test", "rules[3].conditions[2].values",
                "rules[3].conditions[3].values", "rules[3].conditions[4].values", "rules[3].conditions[5].values[0]",
                "rules[3].conditions[6].values",
            ])
        #expect(error?.faults.allSatisfy { !$0.reason.isEmpty && !$0.expected.isEmpty } == true)
    }

    @Test("a value, a listing and the work for it are bounded, whatever the rules are")
    func bounds() throws {
        let long = String(repeating: "a", count: 4_000)
        let growing = Array(repeating: Transform("replace", "a", "aaaaaaaa"), count: 20)
        let bomb = try MappingProgram([MappingRule(target: "t", constant: long, transforms: growing)])
            .run(on: .object([]))
        #expect(bomb.values.isEmpty && bomb.problems.first?.contains("bytes") == true)
        let repeated = Array(repeating: Transform("upper"), count: 20)
        let wide = String(repeating: "é", count: MappingLimits.valueBytes / 2 - 10)
        let product = JSONValue.object([.init(name: "text", value: .string(wide))])
        let rules = (0..<500).map { MappingRule(target: "t\($0)", source: "text", transforms: repeated) }
        let work = try MappingProgram(rules).run(on: product)
        #expect(work.problems.count == MappingLimits.problems)
        #expect(work.problems.contains { $0.contains("looks at more than") } || work.values.count < 500)
    }

    @Test("fitments are asked for only where a rule or condition looks at them")
    func fitments() throws {
        #expect(try !MappingProgram([MappingRule(target: "t", source: "name")]).usesFitments)
        #expect(try MappingProgram([MappingRule(target: "t", source: "fitments[*]")]).usesFitments)
        let condition = MappingCondition(source: "fitments", test: "present")
        #expect(try MappingProgram([MappingRule(target: "t", source: "name", conditions: [condition])]).usesFitments)
    }

    @Test("whatever is random in rules and products: the same twice is the same, values come of rules, bounds hold")
    func random() throws {
        var random = SeededRandom.make()
        let functions = ["trim", "upper", "first", "html-escape", "strip-html"]
        for _ in 0..<500 {
            var rules: [MappingRule] = []
            for _ in 0..<random.number(1...8) {
                let source = random.choice(["a", "a.b", "a[*]", "l[*].b", "l[0]", "l", "x"]) ?? "a"
                let count = random.number(0...4)
                let transforms = (0..<count).map { _ in Transform(random.choice(functions) ?? "trim") }
                rules.append(
                    MappingRule(
                        target: random.choice(["t", "u", "v.w"]) ?? "t", source: source, transforms: transforms,
                        required: random.number(0...1) == 1))
            }
            let product = self.product(&random, depth: 0)
            let overrides = random.number(0...3) == 0 ? ["u": random.text(of: "xyz", upTo: 3)] : [:]
            let program = try MappingProgram(rules)
            let result = program.run(on: product, overrides: overrides)
            #expect(result == program.run(on: product, overrides: overrides))
            #expect(Set(result.values.map(\.target)).count == result.values.count)
            for value in result.values {
                #expect(!value.value.isEmpty)
                if value.rule < 0 {
                    #expect(overrides[value.target] == value.value)
                } else {
                    #expect(rules[Int(value.rule)].target == value.target)
                    #expect(overrides[value.target] == nil)
                }
            }
        }
    }

    private func product(_ random: inout SeededRandom, depth: Int) -> JSONValue {
        guard depth < 3 else { return .string(random.text(of: "a<b>& é", upTo: 12)) }
        switch random.number(0...5) {
        case 0: return .null
        case 1: return .number("\(random.number(-9...9))")
        case 2: return .bool(random.number(0...1) == 0)
        case 3: return .array((0..<random.number(0...3)).map { _ in self.product(&random, depth: depth + 1) })
        default:
            return .object(["a", "b", "l"].map { .init(name: $0, value: self.product(&random, depth: depth + 1)) })
        }
    }
}
