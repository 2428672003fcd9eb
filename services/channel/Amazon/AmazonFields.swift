internal import ChannelAdapter
internal import FileFormats
internal import Money
internal import OrderMessages

/// Values of an order that must be what the platform promises: a fault names the field.
struct AmazonFields {
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
        guard let count = self.json[field]?.integer, (0...AmazonLimits.quantity).contains(count) else {
            throw .notUnderstood(self.name(field), "is no number of units")
        }
        return count
    }
}

/// An amount of the platform with its currency.
struct AmazonMoney: Hashable {
    /// What its members are called.
    struct Names {
        let amount: String
        let currency: String

        static let newer = Names(amount: "amount", currency: "currencyCode")
        static let v0 = Names(amount: "Amount", currency: "CurrencyCode")
    }

    let micros: Int64
    let currency: String

    /// - Parameter isTakenOff: Whether it is what is taken off, which the platform may write with a sign or without.
    init(
        _ json: JSONValue, _ name: String, isTakenOff: Bool = false, _ names: Names = .newer
    ) throws(PlatformFault) {
        guard var digits = json[names.amount]?.digits else {
            throw .notUnderstood("\(name).\(names.amount)", "is missing or no amount")
        }
        if isTakenOff, digits.hasPrefix("-") { digits.removeFirst() }
        do throws(DecimalText.Fault) {
            self.micros = try Amount(digits).micros
        } catch {
            throw .notUnderstood("\(name).\(names.amount)", error.reason)
        }
        guard let code = json[names.currency]?.text, Currency(code: code) != nil else {
            throw .notUnderstood("\(name).\(names.currency)", "is no currency of ISO 4217")
        }
        self.currency = code
    }
}

/// Sums of amounts, which may be too great for what they are kept in.
struct AmazonSum {
    private(set) var micros: Int64 = 0
    let name: String

    init(_ name: String) { self.name = name }

    mutating func add(_ more: Int64) throws(PlatformFault) {
        let (sum, isTooGreat) = self.micros.addingReportingOverflow(more)
        guard !isTooGreat else { throw .notUnderstood(self.name, "is too great") }
        self.micros = sum
    }
}

extension Address {
    private static let textBytes = 255

    /// An address of the platform, cut to what ours take; nil: there is none.
    ///
    /// - Parameter isCapitalised: Whether the names of its members begin with capitals, as those of v0 do.
    init?(amazon json: JSONValue?, isCapitalised: Bool = false) {
        guard let json else { return nil }
        let fields = AmazonFields(json)
        let name = { (field: String) in isCapitalised ? field.prefix(1).uppercased() + field.dropFirst() : field }
        let text = { (field: String, bytes: Int) in AmazonText.shortened(fields.text(name(field)), toBytes: bytes) }
        let lines = ["addressLine1", "addressLine2", "addressLine3"].map { text($0, Self.textBytes) }
        let country = fields.text(name("countryCode"))
        let isCountry =
            country.utf8.count == 2
            && country.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        let city = text("city", 128)
        self.init(
            name: text("name", Self.textBytes), company: text("companyName", Self.textBytes),
            lines: lines.filter { !$0.isEmpty }, city: city.isEmpty ? text("municipality", 128) : city,
            region: text("stateOrRegion", 64), postalCode: text("postalCode", 32), country: isCountry ? country : "",
            phone: text("phone", 64))
        if self == Address() { return nil }
    }
}
