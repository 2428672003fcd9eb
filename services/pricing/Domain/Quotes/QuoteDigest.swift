internal import Crypto
internal import Money
internal import PricingMessages

/// The version of a quote: a digest of what an order insists on.
///
/// It goes over the currency, and of each line over SKU, quantity, every amount, and the lists, rules, coupons and parts that
/// gave them; not over the instant, nor over what was considered. Everything is in words of eight bytes. A text has its
/// length before it, and stands behind the numbers of what is met first; from then on its number is enough. So no two quotes
/// that differ have the same words.
struct QuoteDigest {
    /// How many bytes of the digest are kept.
    static let keptBytes = 16

    private var words: [UInt64] = []
    /// Of each list, rule and SKU, its number among those that were met; 0: it was not.
    private var lists: [UInt32]
    private var rules: [UInt32]
    private var parts: [UInt32]
    private var met: UInt32 = 0

    /// The version of a quote: 32 hexadecimal digits.
    static func version(of quote: PricedQuote, input: QuoteInput, plan: QuotePlan, in book: PriceBook) -> String {
        var digest = Self(quote, plan, book)
        digest.append(plan.context.currency.code)
        digest.words.append(UInt64(quote.lines.count))
        for line in quote.lines {
            digest.append(line, plan)
            for place in line.components { digest.append(quote.components[place], input, plan, book) }
        }
        return digest.text
    }

    private init(_ quote: PricedQuote, _ plan: QuotePlan, _ book: PriceBook) {
        self.lists = [UInt32](repeating: 0, count: book.lists.count)
        self.rules = [UInt32](repeating: 0, count: book.rules.count)
        self.parts = [UInt32](repeating: 0, count: plan.skus.count)
        self.words.reserveCapacity(quote.lines.count * 11 + quote.components.count * 3 + 64)
    }

    private mutating func append(_ line: PricedLine, _ plan: QuotePlan) {
        self.append(plan.skus[Int(line.sku)].description)
        self.append(line.quantity)
        self.append(line.unitPrice.micros)
        self.append(line.minimumQuantity)
        // No amount is below zero, so that -1 is none.
        self.append(line.listPrice?.micros ?? -1)
        self.append(line.minimumAdvertisedPrice?.micros ?? -1)
        self.append(line.floor?.micros ?? -1)
        self.append(line.coreCharge?.micros ?? -1)
        self.append(Int64(line.components.count))
    }

    private mutating func append(
        _ component: PricedComponent, _ input: QuoteInput, _ plan: QuotePlan, _ book: PriceBook
    ) {
        self.append(component.amount.micros)
        let known = self.met
        let list = Self.number(of: component.list, in: &self.lists, &self.met)
        let rule = Self.number(of: component.rule, in: &self.rules, &self.met)
        let part = Self.number(of: component.part, in: &self.parts, &self.met)
        self.words.append((UInt64(list) | UInt64(rule) << 32).littleEndian)
        let kind = UInt64(UInt32(bitPattern: component.kind.rawValue) & 0xFF)
        let hasCoupon: UInt64 = component.coupon == nil ? 0 : 1
        self.words.append((UInt64(part) | kind << 32 | hasCoupon << 40).littleEndian)
        if list > known, let place = component.list { self.append(book.lists[Int(place)].id) }
        if rule > known, let place = component.rule { self.append(book.rules[Int(place)].id) }
        if part > known, let place = component.part { self.append(plan.skus[Int(place)].description) }
        if let coupon = component.coupon {
            let code = input.coupons[Int(coupon)].code
            self.append(CouponCode(code)?.folded ?? code)
        }
    }

    /// The number of what is at a place, the next one where it is met first; 0: there is nothing.
    private static func number(of place: Int32?, in numbers: inout [UInt32], _ met: inout UInt32) -> UInt32 {
        guard let place = place.map({ Int($0) }) else { return 0 }
        if numbers[place] == 0 {
            // No more than there are lists, rules and SKUs.
            met += 1
            numbers[place] = met
        }
        return numbers[place]
    }

    private mutating func append(_ number: Int64) { self.words.append(UInt64(bitPattern: number).littleEndian) }

    private mutating func append(_ text: String) {
        self.words.append(UInt64(text.utf8.count).littleEndian)
        var (word, count) = (UInt64(0), 0)
        for byte in text.utf8 {
            word |= UInt64(byte) << UInt64(count * 8)
            count += 1
            if count == 8 {
                self.words.append(word.littleEndian)
                (word, count) = (0, 0)
            }
        }
        if count > 0 { self.words.append(word.littleEndian) }
    }

    private var text: String {
        var hash = SHA256()
        self.words.withUnsafeBytes { hash.update(bufferPointer: $0) }
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(2 * Self.keptBytes)
        for byte in hash.finalize().prefix(Self.keptBytes) {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
