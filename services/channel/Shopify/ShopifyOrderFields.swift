internal import ChannelAdapter
internal import FileFormats
internal import Money
internal import OrderMessages

extension PlatformFault {
    /// A body that is not what the platform promises.
    static func notUnderstood(_ field: String, _ what: String) -> PlatformFault {
        PlatformFault(.refused, code: "not-understood", "\(field) \(what)")
    }
}

/// Values of an order that must be what the platform promises: a fault names the field.
struct ShopifyFields {
    private let json: JSONValue
    /// Where it is in the body, for people.
    private let path: String

    init(_ json: JSONValue, at path: String = "") {
        self.json = json
        self.path = path
    }

    func name(_ field: String) -> String { self.path.isEmpty ? field : "\(self.path).\(field)" }

    /// A text; empty where it is missing.
    func text(_ field: String) -> String { self.json[field]?.text ?? "" }

    /// A text that must be there.
    func neededText(_ field: String) throws(PlatformFault) -> String {
        guard let text = self.json[field]?.text, !text.isEmpty else {
            throw .notUnderstood(self.name(field), "is missing or no text")
        }
        return text
    }

    func instant(_ field: String) throws(PlatformFault) -> Int64 {
        let text = try self.neededText(field)
        guard let instant = PlatformTime.microseconds(text) else {
            throw .notUnderstood(self.name(field), "is no time: \(text.prefix(40).debugDescription)")
        }
        return instant
    }

    /// A number of units, zero or more.
    func count(_ field: String) throws(PlatformFault) -> Int64 {
        guard let count = self.json[field]?.integer, (0...ShopifyLimits.quantity).contains(count) else {
            throw .notUnderstood(self.name(field), "is no number of units")
        }
        return count
    }

    func currency(_ field: String) throws(PlatformFault) -> String {
        let code = try self.neededText(field)
        guard Currency(code: code) != nil else {
            throw .notUnderstood(self.name(field), "is no currency of ISO 4217: \(code.prefix(10).debugDescription)")
        }
        return code
    }

    /// An amount as decimal text.
    static func micros(_ value: JSONValue?, _ name: String) throws(PlatformFault) -> Int64 {
        guard let digits = value?.digits else { throw .notUnderstood(name, "is missing or no amount") }
        do throws(DecimalText.Fault) {
            return try Amount(digits).micros
        } catch {
            throw .notUnderstood(name, error.reason)
        }
    }

    /// The sum of amounts; zero for none.
    static func sum(
        _ values: [JSONValue], _ name: String, _ amount: (JSONValue) -> JSONValue?
    ) throws(PlatformFault)
        -> Int64
    {
        var sum: Int64 = 0
        for value in values {
            let (next, isTooGreat) = sum.addingReportingOverflow(try Self.micros(amount(value), name))
            guard !isTooGreat else { throw .notUnderstood(name, "is too great") }
            sum = next
        }
        return sum
    }

    /// The amount in the shop's currency.
    static func shopMoney(_ value: JSONValue?) -> JSONValue? { value?.at("shopMoney", "amount") }
}

extension Address {
    private static let textBytes = 255

    /// An address of the platform, cut to what ours take; nil: there is none.
    init?(
        name: String, company: String, lines: [String], city: String, region: String, zip: String, country: String,
        phone: String
    ) {
        let lines = lines.filter { !$0.isEmpty }.map { ShopifyText.shortened($0, toBytes: Self.textBytes) }
        let isCountry =
            country.utf8.count == 2
            && country.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        self.init(
            name: ShopifyText.shortened(name, toBytes: Self.textBytes),
            company: ShopifyText.shortened(company, toBytes: Self.textBytes), lines: lines,
            city: ShopifyText.shortened(city, toBytes: 128), region: ShopifyText.shortened(region, toBytes: 64),
            postalCode: ShopifyText.shortened(zip, toBytes: 32), country: isCountry ? country : "",
            phone: ShopifyText.shortened(phone, toBytes: 64))
        if self == Address() { return nil }
    }
}
