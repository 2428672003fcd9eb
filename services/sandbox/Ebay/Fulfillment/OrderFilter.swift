internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

/// Which orders are asked for, such as `lastmodifieddate:[2026-04-01T00:00:00.000Z..]`.
struct OrderFilter {
    private static let dayMilliseconds = 86_400_000
    /// What is listed where no time is named.
    private static let usualDays = 90
    private static let oldestDays = 731

    private var created: ClosedRange<Moment>?
    private var modified: ClosedRange<Moment>?
    private var statuses: Set<String>?
    private let now: Moment

    init(_ text: String, now: Moment) throws(EbayRefusal) {
        self.now = now
        for part in Self.parts(text) {
            let sides = part.split(separator: ":", maxSplits: 1).map(String.init)
            guard sides.count == 2 else { throw EbayRefusal(30700, part) }
            switch sides[0].lowercased() {
            case "creationdate": self.created = try self.range(sides[1], sides[0])
            case "lastmodifieddate": self.modified = try self.range(sides[1], sides[0])
            case "orderfulfillmentstatus": self.statuses = try Self.statuses(sides[1])
            default: throw EbayRefusal(30700, sides[0])
            }
        }
    }

    /// Parts between commas that are not in brackets.
    private static func parts(_ text: String) -> [String] {
        var (parts, depth) = ([""], 0)
        for character in text {
            if character == "," && depth == 0 {
                parts.append("")
                continue
            }
            if "[{".contains(character) { depth += 1 }
            if "]}".contains(character) { depth -= 1 }
            parts[parts.count - 1].append(character)
        }
        return parts.filter { !$0.isEmpty }
    }

    private func range(_ text: String, _ name: String) throws(EbayRefusal) -> ClosedRange<Moment> {
        guard text.hasPrefix("["), text.hasSuffix("]"), let dots = text.firstRange(of: "..") else {
            throw EbayRefusal(30800, "\(name):\(text)")
        }
        let start = String(text[text.index(after: text.startIndex)..<dots.lowerBound])
        let end = String(text[dots.upperBound...].dropLast())
        guard !start.isEmpty else { throw EbayRefusal(30820) }
        let times = [start, end].map { $0.isEmpty ? self.now : Moment(text: $0) }
        guard let first = times[0], let last = times[1] else { throw EbayRefusal(30810, text) }
        guard first <= self.now, last <= self.now else { throw EbayRefusal(30850, text) }
        guard first <= last else { throw EbayRefusal(30840, text) }
        guard first >= self.now + -Self.oldestDays * Self.dayMilliseconds else {
            throw EbayRefusal(30830, text)
        }
        // Without an end, what changes while it is read belongs to it.
        return first...(end.isEmpty ? Moment(milliseconds: .max) : last)
    }

    private static func statuses(_ text: String) throws(EbayRefusal) -> Set<String> {
        let words = Set(text.dropFirst().dropLast().split(separator: "|").map(String.init))
        let known = [["NOT_STARTED", "IN_PROGRESS"], ["FULFILLED", "IN_PROGRESS"]].map { Set($0) }
        guard text.hasPrefix("{"), text.hasSuffix("}"), known.contains(words) else {
            throw EbayRefusal(30800, "orderfulfillmentstatus:\(text)")
        }
        return words
    }

    /// The orders, that which was changed or made longest ago first.
    func orders(of state: ShopState) -> [Order] {
        let found: [Order]
        if let modified, self.created == nil {
            let updates = state.index.updates
            let first = updates.firstIndex(from: ShopIndex.Update(at: modified.lowerBound, id: 0))
            found = updates[first...].prefix { $0.at <= modified.upperBound }.compactMap { state.orders[$0.id] }
        } else {
            let range =
                self.created
                ?? (self.now + -Self.usualDays * Self.dayMilliseconds)...Moment(milliseconds: .max)
            found = state.index.orderIDs.compactMap { state.orders[$0] }.filter { range.contains($0.createdAt) }
        }
        guard let statuses else { return found }
        return found.filter { statuses.contains(EbayOrderBody.status($0)) }
    }
}
