internal import Vehicles

/// How what a fitment wants stands to what was said.
enum Compared: Sendable {
    /// All that it wants was said.
    case met
    /// What was said leaves it open.
    case open
    /// Something else was said.
    case contradicted
}

/// The drives by their usual names, some of which mean several.
struct DriveText {
    struct Kinds: OptionSet {
        let rawValue: Int
        static let front = Kinds(rawValue: 1)
        static let rear = Kinds(rawValue: 2)
        static let all = Kinds(rawValue: 4)
        static let four = Kinds(rawValue: 8)
    }

    private let kinds: Kinds?
    private let key: String

    init(_ text: String) {
        self.key = FoldedName.key(text)
        self.kinds = Self.names[self.key]
    }

    /// - Parameter said: What was said of the vehicle; empty: nothing.
    static func compare(wanted: String, said: String) -> Compared {
        let (wanted, said) = (DriveText(wanted), DriveText(said))
        guard !said.key.isEmpty else { return .open }
        if wanted.key == said.key { return .met }
        guard let want = wanted.kinds, let has = said.kinds else { return .open }
        if want.isSuperset(of: has) { return .met }
        return want.isDisjoint(with: has) ? .contradicted : .open
    }

    private static let names: [String: Kinds] = [
        "fwd": .front, "frontwheeldrive": .front, "front": .front, "2wdfront": .front,
        "rwd": .rear, "rearwheeldrive": .rear, "rear": .rear,
        "awd": .all, "allwheeldrive": .all, "all": .all, "quattro": .all, "4matic": .all, "xdrive": .all,
        "4wd": .four, "4x4": .four, "4wheeldrive": .four, "fourwheeldrive": .four, "parttime4wheeldrive": .four,
        "2wd": [.front, .rear], "4x2": [.front, .rear], "2wheeldrive": [.front, .rear],
        "4wheelorallwheeldrive": [.four, .all],
    ]
}

extension EngineText {
    /// - Parameter said: What was said of the vehicle; empty: nothing.
    static func compare(wanted: String, said: String) -> Compared {
        guard !said.isEmpty else { return .open }
        if FoldedText.bytes(wanted) == FoldedText.bytes(said) { return .met }
        guard let want = EngineText(wanted), let has = EngineText(said) else { return .open }
        let parts = [
            Self.compare(want.displacementTenths, has.displacementTenths), Self.compare(want.cylinders, has.cylinders),
            Self.compare(want.fuel, has.fuel), Self.compare(want.isTurbocharged, has.isTurbocharged),
            Self.compare(want.isSupercharged, has.isSupercharged), Self.compare(want.hybrid, has.hybrid),
            Set(want.otherWords).isSubset(of: has.otherWords) ? .met : .open,
        ]
        if parts.contains(.contradicted) { return .contradicted }
        return parts.contains(.open) ? .open : .met
    }

    private static func compare<Value: Equatable>(_ wanted: Value?, _ said: Value?) -> Compared {
        guard let wanted else { return .met }
        guard let said else { return .open }
        return wanted == said ? .met : .contradicted
    }
}

/// Names of several words, of which one writer uses more than another: bodies and positions.
enum WordedName {
    /// All words that are wanted were said: met; some of them: open; none: contradicted.
    static func compare(wanted: String, said: String) -> Compared {
        let (want, has) = (Set(FoldedName.words(wanted)), Set(FoldedName.words(said)))
        if has.isEmpty { return .open }
        if want.isSubset(of: has) { return .met }
        return want.isDisjoint(with: has) ? .contradicted : .open
    }
}
