internal import PricingMessages

/// Finds what a quote costs: a pure function of what is asked, the book and the prices.
public enum PriceEvaluator {
    /// What the lines of an input cost, and why.
    ///
    /// - Parameters:
    ///   - plan: What the quote goes by in the book; of the same book.
    ///   - prices: The prices of the plan's SKUs in the plan's lists. Those that do not count at the instant may be among them:
    ///     by them the quote knows until when it holds.
    /// - Throws: ``PricingRefusal`` with `noPrice` or `noRate` that names the line, with `invalidAmount` where an amount would
    ///   be beyond 9 billion units or the like, and with `invalidValue` where a line is not what it may be.
    public static func evaluate(
        _ input: QuoteInput, plan: QuotePlan, in book: PriceBook, prices: PriceRows
    ) throws(PricingRefusal) -> PricedQuote {
        var evaluation = try Evaluation(input, plan: plan, in: book, prices: prices)
        return try evaluation.run()
    }
}
