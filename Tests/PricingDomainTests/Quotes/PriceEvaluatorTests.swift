import PricingDomain
import PricingMessages
import TestSupport
import Testing

@Suite("Quotes", .processorBound)
struct PriceEvaluatorTests {
    @Test("a quote comes out as it was worked out by hand", arguments: QuoteCase.all)
    func cases(quoteCase: QuoteCase) throws {
        var book = TestBook()
        quoteCase.arrange(&book)
        #expect(try book.quote(quoteCase.asked).texts == quoteCase.expected)
    }
}
