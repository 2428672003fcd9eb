internal import ChannelAdapter
internal import Synchronization

/// What the platform allows in listings, as it was read, by where it was asked for.
///
/// It changes with the platform's releases, so it is kept for a day; what the platform has nothing of for an hour only, as a
/// seller waits for it. It is asked for once however many listings need it, and a failure is kept for nobody.
final class EbayAllowedValues: Sendable {
    /// What was asked for. Where it was asked is a setting of each connection, so what one is answered is nothing that others
    /// may believe.
    struct Name: Hashable, Sendable {
        /// Of the address that is asked.
        let base: String
        /// The call's.
        let path: String
    }

    /// What the platform answered.
    enum Answer: Sendable {
        /// There is none.
        case missing
        /// How a category takes vehicles.
        case policy(EbayFitmentPolicy)
        /// The id of a tree of categories.
        case tree(String)
        /// Names or values.
        case spellings(EbaySpellings)

        /// How many values it has.
        fileprivate var count: Int {
            if case .spellings(let spellings) = self { return spellings.count }
            return 1
        }

        fileprivate var seconds: Int64 {
            if case .missing = self { return EbayLimits.missingSeconds }
            return EbayLimits.allowedSeconds
        }
    }

    private struct Entry {
        let asking: Task<Result<Answer, PlatformFault>, Never>
        /// Nil: it is being asked for.
        var until: Int64?
        var count = 0
    }

    private let entries = Mutex<[Name: Entry]>([:])
    private let seconds: @Sendable () -> Int64

    /// - Parameter seconds: A clock that never goes back.
    init(seconds: @escaping @Sendable () -> Int64) { self.seconds = seconds }

    /// By the machine's clock, which goes on whatever the time of day is set to.
    convenience init() {
        let start = ContinuousClock.now
        self.init { start.duration(to: .now).components.seconds }
    }

    /// How many values are kept.
    var count: Int { self.entries.withLock { $0.values.reduce(0) { $0 + $1.count } } }

    /// What is kept of a name, or what the platform answers now.
    ///
    /// - Parameter ask: Asks the platform. It goes on when the caller is cancelled, as others may wait for it.
    /// - Throws: What `ask` throws.
    func answer(
        _ name: Name, ask: @escaping @Sendable () async throws(PlatformFault) -> Answer
    ) async throws(PlatformFault) -> Answer {
        let now = self.seconds()
        let asking = self.entries.withLock { entries in
            if let entry = entries[name], entry.until.map({ now < $0 }) ?? true { return entry.asking }
            let asking = Task {
                let result: Result<Answer, PlatformFault>
                do throws(PlatformFault) { result = .success(try await ask()) } catch { result = .failure(error) }
                self.keep(result, as: name)
                return result
            }
            entries[name] = Entry(asking: asking)
            return asking
        }
        return try await asking.value.get()
    }

    private func keep(_ result: Result<Answer, PlatformFault>, as name: Name) {
        let now = self.seconds()
        self.entries.withLock { entries in
            guard case .success(let answer) = result else { return entries[name] = nil }
            entries[name]?.until = now + answer.seconds
            entries[name]?.count = answer.count
            Self.makeRoom(in: &entries, without: name, now)
        }
    }

    /// What has ended goes first, then what ends first.
    private static func makeRoom(in entries: inout [Name: Entry], without newest: Name, _ now: Int64) {
        var values = entries.values.reduce(0) { $0 + $1.count }
        let isFull = { (entries: [Name: Entry], values: Int) in
            entries.count > EbayLimits.allowedEntries || values > EbayLimits.allowedValues
        }
        guard isFull(entries, values) else { return }
        let kept = entries.compactMap { name, entry in entry.until.map { (name, $0, entry.count) } }
            .filter { $0.0 != newest }.sorted { $0.1 < $1.1 }
        for (name, until, count) in kept {
            guard until <= now || isFull(entries, values) else { break }
            entries[name] = nil
            values -= count
        }
    }
}

/// Texts as the platform spells them, found without regard to case and to blanks around them.
struct EbaySpellings: Hashable, Sendable {
    private var spellings: [String: String] = [:]

    /// - Parameter texts: Of texts that differ in case alone, the first one counts.
    init(_ texts: [String]) {
        self.spellings.reserveCapacity(texts.count)
        for text in texts { self.add(text, as: text) }
    }

    /// Another text by which one is found, if none is found by it yet.
    mutating func add(_ spelling: String, as text: String) {
        let folded = Self.folded(text)
        if !folded.isEmpty, self.spellings[folded] == nil { self.spellings[folded] = spelling }
    }

    var count: Int { self.spellings.count }

    /// In the order of their letters.
    var all: [String] { Set(self.spellings.values).sorted() }

    /// As the platform spells a text; nil: it does not know it.
    subscript(_ text: String) -> String? { self.spellings[Self.folded(text)] }

    private static func folded(_ text: String) -> String {
        var rest = text[...]
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return rest.lowercased()
    }

    /// Texts that may be meant by one that the platform does not know, the nearest first: with few letters that differ, or
    /// with the same beginning.
    func near(_ text: String) -> [String] {
        let wanted = Array(Self.folded(text).unicodeScalars)
        let limit = max(2, wanted.count / 3)
        let found = self.spellings.compactMap { folded, spelling -> (distance: Int, spelling: String)? in
            let letters = Array(folded.unicodeScalars)
            if !wanted.isEmpty, letters.starts(with: wanted) || wanted.starts(with: letters) {
                return (min(limit, abs(letters.count - wanted.count)), spelling)
            }
            guard abs(letters.count - wanted.count) <= limit else { return nil }
            let distance = Self.distance(letters, wanted)
            return distance <= limit ? (distance, spelling) : nil
        }
        return Array(found.sorted { $0 < $1 }.map(\.spelling).prefix(EbayLimits.nearValues))
    }

    /// How many letters must be put in, taken out or replaced to come from one text to another.
    private static func distance(_ first: [Unicode.Scalar], _ second: [Unicode.Scalar]) -> Int {
        var row = Array(0...second.count)
        for (place, letter) in first.enumerated() {
            var diagonal = row[0]
            row[0] = place + 1
            for (column, other) in second.enumerated() {
                let replaced = diagonal + (letter == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[second.count]
    }
}
