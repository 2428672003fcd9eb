internal import ChannelMessages
internal import FileFormats
internal import ProtobufC

/// When a rule counts, ready to run.
struct CompiledCondition: Sendable {
    enum Test: Sendable {
        case present
        case absent
        case isOne(of: Set<String>)
        case isNone(of: Set<String>)
        case matches(TextPattern)
    }

    /// The names of all tests.
    static let names = ["present", "absent", "equals", "not-equals", "in", "matches"]

    let source: SourcePath
    let test: Test

    /// - Throws: Which of its fields is wrong, and why.
    init(_ condition: MappingCondition) throws(RuleFault) {
        do throws(SourcePath.SyntaxFault) {
            self.source = try SourcePath(condition.source)
        } catch {
            throw RuleFault("source", error.description, expected: SourcePath.expectation)
        }
        let values = condition.values
        switch condition.test {
        case "present": self.test = .present
        case "absent": self.test = .absent
        case "equals", "in": self.test = .isOne(of: Set(values))
        case "not-equals": self.test = .isNone(of: Set(values))
        case "matches":
            guard let first = values.first else { throw Self.count(values, expected: "one pattern") }
            do throws(TextPatternError) {
                self.test = .matches(try TextPattern(first))
            } catch {
                throw RuleFault(
                    "values[0]", "is no pattern: \(error)",
                    expected: "a regular expression that the whole value matches")
            }
        default:
            throw RuleFault(
                "test", "is the unknown \(condition.test.debugDescription)",
                expected: "one of " + Self.names.joined(separator: ", "))
        }
        switch condition.test {
        case "present", "absent": guard values.isEmpty else { throw Self.count(values, expected: "none") }
        case "in": guard !values.isEmpty else { throw Self.count(values, expected: "one or more") }
        default: guard values.count == 1 else { throw Self.count(values, expected: "one") }
        }
    }

    /// Whether it holds for a product. Of several values one is enough for "equals", "in" and "matches".
    func holds(for product: JSONValue) throws(MappingFault) -> Bool {
        let texts: [String] =
            switch try self.source.values(in: product).map({ MappingText($0) }) {
            case nil: []
            case .one(let text)?: [text]
            case .many(let elements)?: elements.map(\.text)
            }
        return switch self.test {
        case .present: !texts.isEmpty
        case .absent: texts.isEmpty
        case .isOne(let values): texts.contains { values.contains($0) }
        case .isNone(let values): !texts.contains { values.contains($0) }
        case .matches(let pattern):
            texts.contains { $0.utf8.count <= MappingLimits.matchedBytes && pattern.matches($0) }
        }
    }

    private static func count(_ values: [String], expected: String) -> RuleFault {
        RuleFault("values", "has \(values.count) entries", expected: expected)
    }
}

extension SourcePath {
    /// What would be valid.
    static let expectation = "names with points between them, such as attributes.Material or images[0]"
}
