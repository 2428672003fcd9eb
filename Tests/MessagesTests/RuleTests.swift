import ProtobufC
import SampleMessages
import Testing

@Suite("Field rules")
struct RuleTests {
    /// A message that breaks no rule.
    static let valid = Ruled(
        requiredText: "a", requiredBytes: [1], requiredMessage: Empty(), requiredList: [0], requiredEnum: .on,
        requiredMap: ["": 0], requiredNumber: 0, rangedUnsigned: 1, sizedText: "ab", sizedList: [""], sku: "AB-1")

    private func violations(_ message: Ruled) throws -> [FieldViolations.Violation] {
        let bytes = try message.encodedBytes()
        return try ArenaMemory.with { arena in
            Ruled.ruleViolations(try Ruled.decode(bytes.span.bytes, in: arena)).elements
        }
    }

    @Test("a message that breaks no rule has no violation")
    func acceptsValid() throws {
        #expect(try self.violations(Self.valid) == [])
    }

    /// A change that breaks one rule.
    struct Case: CustomTestStringConvertible, Sendable {
        let field: String
        let reason: String
        let expected: String
        let change: @Sendable (inout Ruled) -> Void

        init(_ field: String, _ reason: String, _ expected: String, _ change: @escaping @Sendable (inout Ruled) -> Void)
        {
            self.field = field
            self.reason = reason
            self.expected = expected
            self.change = change
        }

        var testDescription: String { "\(self.field) \(self.reason)" }
    }

    static let cases: [Case] = [
        Case("requiredText", "is missing", "a value") { $0.requiredText = "" },
        Case("requiredBytes", "is missing", "a value") { $0.requiredBytes = [] },
        Case("requiredMessage", "is missing", "a value") { $0.requiredMessage = nil },
        Case("requiredList", "is missing", "a value") { $0.requiredList = [] },
        Case("requiredEnum", "is missing", "a value") { $0.requiredEnum = .unspecified },
        Case("requiredMap", "is missing", "a value") { $0.requiredMap = [:] },
        Case("requiredNumber", "is missing", "a value") { $0.requiredNumber = nil },
        Case("requiredNumber", "is 10", "at most 9") { $0.requiredNumber = 10 },
        Case("ranged", "is -6", "at least -5") { $0.ranged = -6 },
        Case("ranged", "is 6", "at most 5") { $0.ranged = 6 },
        Case("rangedUnsigned", "is 0", "at least 1") { $0.rangedUnsigned = 0 },
        Case("rangedDouble", "is -0.5", "at least 0") { $0.rangedDouble = -0.5 },
        Case("rangedDouble", "is 1.5", "at most 1") { $0.rangedDouble = 1.5 },
        Case("rangedNumber", "is 9", "at least 10") { $0.rangedNumber = 9 },
        Case("sizedText", "is 1 bytes long", "at least 2 bytes") { $0.sizedText = "a" },
        Case("sizedText", "is 5 bytes long", "at most 4 bytes") { $0.sizedText = "火ab" },
        Case("sizedBytes", "is 4 bytes long", "at most 3 bytes") { $0.sizedBytes = [1, 2, 3, 4] },
        Case("sizedList", "has 0 elements", "at least 1") { $0.sizedList = [] },
        Case("sizedList", "has 3 elements", "at most 2") { $0.sizedList = ["", "", ""] },
        Case("sizedList[1]", "is 4 bytes long", "at most 3 bytes") { $0.sizedList = ["", "abcd"] },
        Case("sizedMap", "has 3 elements", "at most 2") {
            let line = Ruled.Line(quantity: 1)
            $0.sizedMap = ["a": line, "b": line, "c": line]
        },
        Case("sizedMap[b].quantity", "is 0", "at least 1") { $0.sizedMap = ["a": .init(quantity: 1), "b": .init()] },
        Case("sku", "does not match", "text that matches [A-Z]{2,3}-[0-9]+") { $0.sku = "AB1" },
        Case("code", "does not match", "text that matches [a-z]+") { $0.code = "" },
        Case("lines[2].quantity", "is 0", "at least 1") {
            $0.lines = [.init(quantity: 1), .init(quantity: 2), .init(), .init(quantity: 3)]
        },
        Case("line.quantity", "is 0", "at least 1") { $0.choice = .line(.init()) },
        Case("text", "is 2 bytes long", "at most 1 bytes") { $0.choice = .text("ab") },
        Case("singleLine.quantity", "is 0", "at least 1") { $0.singleLine = .init() },
        Case("rangedList[0]", "is 8", "at most 7") { $0.rangedList = [8, 7] },
        Case("patternList[1]", "does not match", "text that matches x*") { $0.patternList = ["", "y"] },
    ]

    @Test("each broken rule is reported once, with its field, what is wrong, and what would be valid", arguments: cases)
    func reports(_ ruleCase: Case) throws {
        var message = Self.valid
        ruleCase.change(&message)
        let found = try self.violations(message)
        #expect(found.map(\.field) == [ruleCase.field])
        #expect(found.map(\.reason) == [ruleCase.reason])
        #expect(found.map(\.expected) == [ruleCase.expected])
    }

    @Test("values at their limits are valid, and so are optional fields that are absent")
    func acceptsLimits() throws {
        var message = Self.valid
        message.requiredNumber = 9
        message.ranged = -5
        message.rangedUnsigned = .max
        message.rangedDouble = 1
        message.rangedNumber = 10
        message.sizedText = "abcd"
        message.sizedBytes = [1, 2, 3]
        message.sizedList = ["abc", "火"]
        message.code = "z"
        message.choice = .text("a")
        #expect(try self.violations(message) == [])
        message.ranged = 5
        message.rangedDouble = 0
        #expect(try self.violations(message) == [])
    }

    @Test("not a number is outside of every range")
    func refusesNaN() throws {
        var message = Self.valid
        message.rangedDouble = .nan
        #expect(try self.violations(message).map(\.field) == ["rangedDouble", "rangedDouble"])
    }

    @Test("all violations are reported, in the order of the fields")
    func reportsAll() throws {
        let fields = try self.violations(Ruled()).map(\.field)
        #expect(
            fields == [
                "requiredText", "requiredBytes", "requiredMessage", "requiredList", "requiredEnum", "requiredMap",
                "requiredNumber", "rangedUnsigned", "sizedText", "sizedList", "sku",
            ])
    }
}
