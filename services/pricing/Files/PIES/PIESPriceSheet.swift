internal import PricingDomain
internal import PricingMessages

/// A price sheet of a file: what its prices say by it.
struct PIESPriceSheet {
    var currency = ""
    var effective: Instant?
    /// The beginning of the day behind its last one.
    var end: Instant?
    var isDeleted = false
}

/// The values of an element's children, as they come.
struct PIESValues {
    private(set) var texts: [PIESName: String] = [:]
    private(set) var units: [PIESName: String] = [:]
    /// A child that came twice, or holds elements: nothing is guessed of it.
    private(set) var broken: (name: PIESName, problem: String)?

    subscript(_ name: PIESName) -> String? { self.texts[name] }

    mutating func set(_ name: PIESName, _ text: String, unit: String?) {
        if self.texts.updateValue(text, forKey: name) != nil { self.fail(name, "comes more than once") }
        self.units[name] = unit
    }

    mutating func fail(_ name: PIESName, _ problem: String) {
        if self.broken == nil { self.broken = (name, problem) }
    }

    mutating func removeAll() {
        self.texts.removeAll(keepingCapacity: true)
        self.units.removeAll(keepingCapacity: true)
        self.broken = nil
    }

    /// The day that a child says; nil: it is not there.
    func day(_ name: PIESName) throws(RecordFault) -> Instant? {
        guard let text = self.texts[name] else { return nil }
        guard let day = InstantText.parseDay(PIESText.trimmed(text)) else {
            throw RecordFault(field: name.rawValue, "is no day", expected: "a day of the calendar, YYYY-MM-DD")
        }
        return day
    }

    /// The end of the day that a child says: the last day of the calendar is the trade's word for "for ever".
    func endOfDay(_ name: PIESName) throws(RecordFault) -> Instant? {
        guard let day = try self.day(name) else { return nil }
        return InstantText.dayBehind(day)
    }

    /// The currency that a child says; empty: it is not there.
    func currency() throws(RecordFault) -> String {
        guard let text = self.texts[.currencyCode] else { return "" }
        guard text.utf8.count == 3, text.utf8.allSatisfy((UInt8(ascii: "A")...UInt8(ascii: "Z")).contains) else {
            throw RecordFault(
                .unknownCurrency, field: PIESName.currencyCode.rawValue, "is \(PIESText.shown(text))",
                expected: "a currency of ISO 4217 such as USD")
        }
        return text
    }

    /// Refuses what came twice or holds elements.
    func check() throws(RecordFault) {
        guard let broken else { return }
        throw RecordFault(field: broken.name.rawValue, broken.problem, expected: "one text")
    }
}

/// Texts of PIES.
enum PIESText {
    /// XML Schema drops white space around numbers and days, but not around texts.
    static func trimmed(_ text: String) -> Substring.UTF8View {
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
        var rest = Substring(text).utf8
        while let first = rest.first, isSpace(first) { rest.removeFirst() }
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return rest
    }

    static func trimmedText(_ text: String) -> String { String(Substring(Self.trimmed(text))) }

    static func shown(_ text: String) -> String { String(text.prefix(60)).debugDescription }
}
