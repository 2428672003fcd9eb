internal import ChannelAdapter
internal import FileFormats
internal import Money
internal import OrderMessages

/// Values of an order that must be what the platform promises: a fault names the field.
struct EbayFields {
    let json: JSONValue
    /// Where it is in the body, for people.
    private let path: String

    init(_ json: JSONValue, at path: String = "") {
        self.json = json
        self.path = path
    }

    /// The object of a body.
    static func object(_ body: [UInt8]) throws(PlatformFault) -> JSONValue {
        let json: JSONValue
        do throws(JSONFault) {
            json = try JSONValue(body[...])
        } catch {
            throw .notUnderstood("the body", "is no JSON at byte \(error.offset): \(error.reason)")
        }
        guard case .object = json else { throw .notUnderstood("the body", "is \(json.kind), and no object") }
        return json
    }

    func name(_ field: String) -> String { self.path.isEmpty ? field : "\(self.path).\(field)" }

    /// A text; empty where it is missing.
    func text(_ field: String) -> String { self.json[field]?.text ?? "" }

    /// A text or digits that must be there, of at most 128 bytes.
    func neededText(_ field: String) throws(PlatformFault) -> String {
        guard let text = self.json[field]?.digits, !text.isEmpty, text.utf8.count <= 128 else {
            throw .notUnderstood(self.name(field), "is missing, no text or too long")
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

    /// A number of units, one or more.
    func count(_ field: String) throws(PlatformFault) -> Int64 {
        guard let count = self.json[field]?.integer, (1...EbayLimits.quantity).contains(count) else {
            throw .notUnderstood(self.name(field), "is no number of units")
        }
        return count
    }

    /// An amount of the order's currency; zero where it is missing.
    func micros(_ field: String, _ currency: String) throws(PlatformFault) -> Int64 {
        guard let amount = self.json[field] else { return 0 }
        return try Self.micros(amount, self.name(field), currency)
    }

    /// An amount that must be there and of a currency.
    static func micros(_ amount: JSONValue, _ name: String, _ currency: String) throws(PlatformFault) -> Int64 {
        guard let digits = amount["value"]?.digits else { throw .notUnderstood(name, "is no amount") }
        if let own = amount["currency"]?.text, own != currency {
            throw .notUnderstood(name, "is in \(own.prefix(10).debugDescription), and the order is in \(currency)")
        }
        let micros: Int64
        do throws(DecimalText.Fault) {
            // What is taken off has a sign.
            let isBelowZero = digits.hasPrefix("-")
            let size = try Amount(isBelowZero ? String(digits.dropFirst()) : digits).micros
            micros = isBelowZero ? -size : size
        } catch {
            throw .notUnderstood(name, error.reason)
        }
        guard (-EbayLimits.amountMicros...EbayLimits.amountMicros).contains(micros) else {
            throw .notUnderstood(name, "is too great")
        }
        return micros
    }

    /// The sum of amounts.
    static func sum(_ amounts: [Int64], _ name: String) throws(PlatformFault) -> Int64 {
        var sum: Int64 = 0
        for amount in amounts {
            let (next, isTooGreat) = sum.addingReportingOverflow(amount)
            guard !isTooGreat else { throw .notUnderstood(name, "is too great") }
            sum = next
        }
        return sum
    }
}

extension Address {
    private static let textBytes = 255

    /// An address of the platform, cut to what ours take; nil: there is none.
    init?(_ contact: JSONValue?) {
        guard let contact else { return nil }
        let person = EbayFields(contact)
        let place = EbayFields(contact["contactAddress"] ?? .null)
        let country = place.text("countryCode")
        let isCountry =
            country.utf8.count == 2
            && country.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        self.init(
            name: EbayText.shortened(person.text("fullName"), toBytes: Self.textBytes),
            company: EbayText.shortened(person.text("companyName"), toBytes: Self.textBytes),
            lines: ["addressLine1", "addressLine2"].map { place.text($0) }.filter { !$0.isEmpty }
                .map { EbayText.shortened($0, toBytes: Self.textBytes) },
            city: EbayText.shortened(place.text("city"), toBytes: 128),
            region: EbayText.shortened(place.text("stateOrProvince"), toBytes: 64),
            postalCode: EbayText.shortened(place.text("postalCode"), toBytes: 32), country: isCountry ? country : "",
            phone: EbayText.shortened(contact.at("primaryPhone", "phoneNumber")?.text ?? "", toBytes: 64))
        if self == Address() { return nil }
    }
}
