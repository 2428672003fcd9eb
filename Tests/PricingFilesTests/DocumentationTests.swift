import Foundation
import PricingDomain
import TestSupport
import Testing

@testable import PricingFiles

@Suite("docs/pricing-files.md", .processorBound)
struct DocumentationTests {
    @Test("the example of CSV is read as the text says, and all columns are told of")
    func example() throws {
        let text = try String(contentsOf: Python.root.appending(path: "docs/pricing-files.md"), encoding: .utf8)
        let parts = text.components(separatedBy: "<!-- read: prices.csv -->\n```csv\n")
        let block = try #require(parts.dropFirst().first, "there is no example prices.csv")
        let reading = PriceReading(csv: block.components(separatedBy: "```")[0])
        #expect(reading.fault == nil && reading.refusals == [])
        #expect(reading.prices.map(\.minimumQuantity) == [1, 12, 1])
        #expect(reading.prices.map(\.action) == [.put, .put, .remove])
        #expect(reading.prices[1].period == (try period("2026-01-01", "2026-06-30T22:00:00Z")))
        for name in PriceField.allCases.map(\.rawValue) + PriceField.onlyInAnswers {
            #expect(text.contains("`\(name)`"), "\(name)")
        }
    }
}
