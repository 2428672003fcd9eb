/// What a free text says about an engine, such as "2.5L L4", "3.5L V6 GAS", "2.0" or "6.7L 8 cyl Turbo Diesel".
///
/// What it does not say is left open. Words that mean nothing here, such as "DOHC" or "16V", are kept apart and do no harm.
public struct EngineText: Hashable, Sendable {
    /// In tenths of a litre, rounded: "1998cc" is 20.
    public private(set) var displacementTenths: Int?
    /// How many cylinders.
    public private(set) var cylinders: Int?
    /// What it burns.
    public private(set) var fuel: EngineChoice.Fuel?
    /// Whether it has a turbocharger; false where it says that it is naturally aspirated.
    public private(set) var isTurbocharged: Bool?
    /// Whether it has a supercharger; false where it says that it is naturally aspirated.
    public private(set) var isSupercharged: Bool?
    /// Whether it is part of a hybrid drive.
    public private(set) var hybrid: EngineChoice.Hybrid?
    /// Words that were not understood.
    public private(set) var otherWords: [String] = []

    /// The most characters of a text that are looked at.
    public static let maximumCharacters = 200

    /// Reads a text; nil where it says nothing about an engine.
    public init?(_ text: some StringProtocol) {
        var words = Self.words(text)[...]
        while let word = words.popFirst() {
            if self.readDisplacement(word, &words) || self.readCylinders(word, &words) || self.readKind(word, &words) {
                continue
            }
            self.otherWords.append(word)
        }
        let says =
            self.displacementTenths != nil || self.cylinders != nil || self.fuel != nil || self.hybrid != nil
            || self.isTurbocharged != nil || self.isSupercharged != nil
        guard says else { return nil }
    }

    /// Whether it may mean an engine: nothing that it says is otherwise.
    public func matches(_ engine: EngineChoice) -> Bool {
        if let displacementTenths, displacementTenths != engine.displacementTenths { return false }
        if let cylinders, cylinders != engine.cylinders { return false }
        if let fuel, fuel != engine.fuel, fuel != engine.secondFuel { return false }
        if let isTurbocharged, isTurbocharged != engine.isTurbocharged { return false }
        if let isSupercharged, isSupercharged != engine.isSupercharged { return false }
        if let hybrid, hybrid != engine.hybrid { return false }
        return true
    }

    /// Those of some engines that it may mean, in their order.
    public func matching(_ engines: [EngineChoice]) -> [EngineChoice] { engines.filter(self.matches) }

    /// Small letters, digits and full stops, parted by everything else and between "L" and what follows a number.
    private static func words(_ text: some StringProtocol) -> [String] {
        var words: [String] = []
        var word = ""
        for character in text.prefix(Self.maximumCharacters) {
            guard let byte = character.asciiValue, character.isLetter || character.isNumber || byte == UInt8(ascii: ".")
            else {
                if !word.isEmpty { words.append(word) }
                word = ""
                continue
            }
            // "3.5LV6" and "2.5L4" are two words each.
            if word.last == "l", word.first?.isNumber ?? false, character.lowercased() != "i", character != "t" {
                words.append(word)
                word = ""
            }
            word += character.lowercased()
        }
        if !word.isEmpty { words.append(word) }
        return words
    }

    /// The number that a word begins with, in thousandths, and what follows it; nil: it begins with none.
    private static func number(_ word: String) -> (thousandths: Int, isDecimal: Bool, unit: Substring)? {
        let whole = word.prefix { $0.isNumber }
        guard !whole.isEmpty, whole.count <= 5, let integer = Int(whole) else { return nil }
        var rest = word[whole.endIndex...]
        guard rest.first == "." else { return (integer * 1_000, false, rest) }
        rest = rest.dropFirst()
        let fraction = rest.prefix { $0.isNumber }
        guard let thousandths = Int((fraction + "000").prefix(3)) else { return nil }
        return (integer * 1_000 + thousandths, true, rest[fraction.endIndex...])
    }

    private mutating func readDisplacement(_ word: String, _ words: inout ArraySlice<String>) -> Bool {
        guard self.displacementTenths == nil, let number = Self.number(word) else { return false }
        var unit = String(number.unit)
        let isApart = unit.isEmpty && words.first.map { Self.litres.contains($0) || Self.cubic.contains($0) } ?? false
        if isApart, let first = words.first { unit = first }
        let tenths: Int
        if Self.litres.contains(unit) || unit.isEmpty && number.isDecimal {
            tenths = (number.thousandths + 50) / 100
        } else if Self.cubic.contains(unit) {
            tenths = (number.thousandths / 1_000 + 50) / 100
        } else {
            return false
        }
        guard (1...Self.maximumTenths).contains(tenths) else { return false }
        if isApart { words.removeFirst() }
        self.displacementTenths = tenths
        return true
    }

    private mutating func readCylinders(_ word: String, _ words: inout ArraySlice<String>) -> Bool {
        guard self.cylinders == nil else { return false }
        var count: Int?
        var following = 0
        if let letter = word.first, Self.layouts.contains(letter), let number = Int(word.dropFirst()) {
            count = number
        } else if Self.layoutWords.contains(word), let next = words.first {
            (count, following) = (Int(next), 1)
        } else if let number = Self.number(word), !number.isDecimal {
            let isApart = number.unit.isEmpty && words.first.map { Self.cylinderWords.contains($0) } ?? false
            if isApart || Self.cylinderWords.contains(String(number.unit)) {
                (count, following) = (number.thousandths / 1_000, isApart ? 1 : 0)
            }
        }
        guard let count, (1...Self.maximumCylinders).contains(count) else { return false }
        self.cylinders = count
        words.removeFirst(following)
        return true
    }

    private mutating func readKind(_ word: String, _ words: inout ArraySlice<String>) -> Bool {
        switch word {
        case "gas", "gasoline", "petrol": self.fuel = .gasoline
        case "diesel", "dsl", "tdi", "cdi": self.fuel = .diesel
        case "electric", "ev", "bev": self.fuel = .electricity
        case "e85", "flex", "ffv", "ethanol": self.fuel = .ethanol
        case "cng": self.fuel = .naturalGas
        case "lpg", "propane": self.fuel = .propane
        case "hydrogen", "fcev": self.fuel = .hydrogen
        case "turbo", "turbocharged", "biturbo", "twinturbo", "tc": self.isTurbocharged = true
        case "supercharged", "supercharger", "sc", "kompressor": self.isSupercharged = true
        case "hybrid", "hev": self.hybrid = self.hybrid ?? .hybrid
        case "phev": self.hybrid = .plugIn
        case "plug" where words.first == "in", "naturally" where words.first == "aspirated":
            words.removeFirst()
            if word == "plug" {
                self.hybrid = .plugIn
            } else {
                (self.isTurbocharged, self.isSupercharged) = (false, false)
            }
        default: return false
        }
        return true
    }

    private static let litres: Set = ["l", "liter", "liters", "litre", "litres", "ltr"]
    private static let cubic: Set = ["cc", "ccm"]
    private static let cylinderWords: Set = ["cyl", "cyls", "cylinder", "cylinders"]
    /// In line, vee, horizontally opposed or flat, and W.
    private static let layouts: Set<Character> = ["v", "l", "i", "h", "f", "w"]
    private static let layoutWords: Set = ["v", "l", "i", "h", "f", "w", "inline", "straight", "flat", "boxer"]
    private static let maximumTenths = 300
    private static let maximumCylinders = 16
}
