import ProtobufC
import Testing

@Suite("Field violations")
struct FieldViolationsTests {
    @Test("a path is put in front of what was reported since, and of nothing else")
    func prefixes() {
        var violations = FieldViolations()
        violations.appendMissing("sku")
        let before = violations.count
        violations.appendMissing("quantity")
        violations.appendMissing("")
        violations.prefix("lines[2]", from: before)
        #expect(violations.elements.map(\.field) == ["sku", "lines[2].quantity", "lines[2]"])
    }

    @Test("there are never more than the limit")
    func limits() {
        var violations = FieldViolations()
        for _ in 0...FieldViolations.maximumCount { violations.appendMissing("sku") }
        #expect(violations.count == FieldViolations.maximumCount)
    }

    @Test("the elements of a list are reported with their index")
    func reportsElements() {
        var violations = FieldViolations()
        violations.checkElements(3, "tags") { index, violations in
            if index != 1 { violations.appendTooLong("", byteCount: 5, maximum: 4) }
        }
        #expect(violations.elements.map(\.field) == ["tags[0]", "tags[2]"])
        #expect(violations.elements.first?.reason == "is 5 bytes long")
        #expect(violations.elements.first?.expected == "at most 4 bytes")
    }

    @Test("what is right costs no element")
    func isEmptyAtFirst() {
        var violations = FieldViolations()
        violations.checkElements(100, "tags") { _, _ in }
        #expect(violations.isEmpty && violations.elements.isEmpty)
    }
}
