import Testing

@testable import ServiceKit

@Suite("A misspelt name finds the one that was meant")
struct EditDistanceTests {
    @Test(
        "One insertion, deletion, replacement or swap of neighbours is one change",
        arguments: [
            ("", "", 0), ("port", "port", 0), ("port", "prt", 1), ("port", "portt", 1), ("port", "pork", 1),
            ("port", "prot", 1), ("", "abc", 3), ("kitten", "sitting", 3), ("drain-delay-ms", "drian-dealy-ms", 2),
        ])
    func distance(_ first: String, _ second: String, _ expected: Int) {
        #expect(EditDistance.between(first, second) == expected)
        #expect(EditDistance.between(second, first) == expected)
    }

    @Test("What is near is found; what is far, or half of a short name, is not")
    func nearest() {
        let names = StandardSettings.all.map(\.declaration.name)
        #expect(EditDistance.nearest(to: "prot", among: names) == "port")
        #expect(EditDistance.nearest(to: "log-lvl", among: names) == "log-level")
        #expect(EditDistance.nearest(to: "admin-prt", among: names) == "admin-port")
        #expect(EditDistance.nearest(to: "colour-of-the-sky", among: names) == nil)
        #expect(EditDistance.nearest(to: "x", among: ["ab", "yz"]) == nil)
        #expect(EditDistance.nearest(to: String(repeating: "x", count: 100_000), among: names) == nil)
    }
}
