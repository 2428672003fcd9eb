internal import Crypto
internal import PricingMessages

/// The version of a quote: a digest of what an order insists on.
///
/// It goes over the currency, and of each line over SKU, quantity, every amount, and the lists, rules and coupons that gave
/// them; not over the instant, nor over what was considered. Numbers take eight bytes, texts have their length before them, so
/// that no two quotes that differ have the same bytes.
enum QuoteDigest {
    /// How many bytes of the digest are kept.
    static let keptBytes = 16

    static func version(of quote: PricedQuote, input: QuoteInput, plan: QuotePlan, in book: PriceBook) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(quote.lines.count * 96 + quote.components.count * 48)
        Self.append(plan.context.currency.code, to: &bytes)
        Self.append(Int64(quote.lines.count), to: &bytes)
        for line in quote.lines {
            Self.append(plan.skus[Int(line.sku)].description, to: &bytes)
            Self.append(line.quantity, to: &bytes)
            Self.append(line.unitPrice.micros, to: &bytes)
            // No amount is below zero, so that -1 is none.
            for amount in [line.listPrice, line.minimumAdvertisedPrice, line.floor, line.coreCharge] {
                Self.append(amount?.micros ?? -1, to: &bytes)
            }
            Self.append(line.minimumQuantity, to: &bytes)
            Self.append(Int64(line.components.count), to: &bytes)
            for component in quote.components[line.components] {
                Self.append(component, input, plan, book, to: &bytes)
            }
        }
        let digest = SHA256.hash(data: bytes)
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(2 * Self.keptBytes)
        for byte in digest.prefix(Self.keptBytes) {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func append(
        _ component: PricedComponent, _ input: QuoteInput, _ plan: QuotePlan, _ book: PriceBook,
        to bytes: inout [UInt8]
    ) {
        bytes.append(UInt8(truncatingIfNeeded: component.kind.rawValue))
        Self.append(component.amount.micros, to: &bytes)
        Self.append(component.list.map { book.lists[Int($0)].id } ?? "", to: &bytes)
        Self.append(component.rule.map { book.rules[Int($0)].id } ?? "", to: &bytes)
        Self.append(
            component.coupon.map { PriceRuleRules.folded(couponCode: input.coupons[Int($0)].code) } ?? "", to: &bytes)
        Self.append(component.part.map { plan.skus[Int($0)].description } ?? "", to: &bytes)
    }

    private static func append(_ number: Int64, to bytes: inout [UInt8]) {
        var rest = UInt64(bitPattern: number)
        for _ in 0..<8 {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        let count = UInt32(truncatingIfNeeded: text.utf8.count)
        for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
        bytes.append(contentsOf: text.utf8)
    }
}
