internal import ChannelMessages

/// A step that makes another value of a value, ready to run.
enum MappingFunction: Hashable, Sendable {
    case trim
    case upper
    case lower
    case prefix(String)
    case suffix(String)
    case replace(ByteSearch, with: String)
    case truncate(characters: Int)
    case join(String)
    case split(ByteSearch)
    case first
    case otherwise(String)
    case lookup([String: String], otherwise: String?)
    case round(places: Int)
    case multiply(by: MappingNumber)
    case htmlEscape
    case stripHTML

    /// The names of all functions.
    static let names = [
        "trim", "upper", "lower", "prefix", "suffix", "replace", "truncate", "join", "split", "first", "default",
        "lookup", "round", "multiply", "html-escape", "strip-html",
    ]

    /// The most characters that a text is cut to.
    static let maximumCharacters = 100_000

    /// Reads a step.
    ///
    /// - Throws: Which of its fields is wrong, and why.
    init(_ transform: Transform) throws(RuleFault) {
        var arguments = MappingArguments(transform.arguments)
        switch transform.function {
        case "trim": self = .trim
        case "upper": self = .upper
        case "lower": self = .lower
        case "prefix": self = .prefix(try arguments.text("the text to put in front"))
        case "suffix": self = .suffix(try arguments.text("the text to put behind"))
        case "replace":
            let search = ByteSearch(try arguments.text("the text to replace"))
            self = .replace(search, with: try arguments.text("the text to put in its place", mayBeEmpty: true))
        case "truncate":
            self = .truncate(characters: try arguments.number("the characters to keep", in: 1...Self.maximumCharacters))
        case "join": self = .join(try arguments.text("the text to put between", mayBeEmpty: true))
        case "split": self = .split(ByteSearch(try arguments.text("the text to split at")))
        case "first": self = .first
        case "default": self = .otherwise(try arguments.text("the text where there is none"))
        case "lookup":
            let (table, otherwise) = try arguments.table()
            self = .lookup(table, otherwise: otherwise)
        case "round":
            self = .round(places: try arguments.number("the decimal places to keep", in: 0...MappingNumber.places))
        case "multiply": self = .multiply(by: try arguments.factor())
        case "html-escape": self = .htmlEscape
        case "strip-html": self = .stripHTML
        default:
            throw RuleFault(
                "function", "is the unknown \(transform.function.debugDescription)",
                expected: "one of " + Self.names.joined(separator: ", "))
        }
        try arguments.checkEnd()
    }
}

/// What is wrong with a part of a rule.
struct RuleFault: Error, Hashable, Sendable {
    var field: String
    let reason: String
    let expected: String

    init(_ field: String, _ reason: String, expected: String) {
        self.field = field
        self.reason = reason
        self.expected = expected
    }
}

/// Reads the arguments of a step in their order.
private struct MappingArguments {
    private let all: [String]
    private var place = 0

    init(_ all: [String]) { self.all = all }

    mutating func text(_ meaning: String, mayBeEmpty: Bool = false) throws(RuleFault) -> String {
        guard self.place < self.all.count else {
            throw RuleFault("arguments", "has \(self.all.count) entries", expected: "\(meaning), too")
        }
        defer { self.place += 1 }
        guard mayBeEmpty || !self.all[self.place].isEmpty else {
            throw RuleFault("arguments[\(self.place)]", "is empty", expected: meaning)
        }
        return self.all[self.place]
    }

    mutating func number(_ meaning: String, in range: ClosedRange<Int>) throws(RuleFault) -> Int {
        let text = try self.text(meaning)
        guard text.utf8.count <= 9, let number = Int(text), range.contains(number) else {
            throw RuleFault(
                "arguments[\(self.place - 1)]", "is \(text.prefix(32).debugDescription)",
                expected: "\(meaning), a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    mutating func factor() throws(RuleFault) -> MappingNumber {
        let text = try self.text("the factor")
        guard let number = MappingNumber(text) else {
            throw RuleFault(
                "arguments[\(self.place - 1)]", "is \(text.prefix(32).debugDescription)",
                expected: "the factor, a decimal number with at most \(MappingNumber.places) places")
        }
        return number
    }

    /// Values and what stands for each, in turns, and behind them perhaps what stands for all others.
    mutating func table() throws(RuleFault) -> ([String: String], otherwise: String?) {
        guard self.all.count >= 2 else {
            throw RuleFault(
                "arguments", "has \(self.all.count) entries",
                expected: "values, each with what stands for it behind it, and perhaps what stands for all others")
        }
        var table: [String: String] = [:]
        while self.place + 1 < self.all.count {
            let value = self.all[self.place]
            guard table.updateValue(self.all[self.place + 1], forKey: value) == nil else {
                throw RuleFault(
                    "arguments[\(self.place)]", "is \(value.prefix(64).debugDescription) for the second time",
                    expected: "each value once")
            }
            self.place += 2
        }
        guard self.place < self.all.count else { return (table, nil) }
        self.place += 1
        return (table, self.all[self.place - 1])
    }

    func checkEnd() throws(RuleFault) {
        guard self.place == self.all.count else {
            throw RuleFault(
                "arguments", "has \(self.all.count) entries",
                expected: self.place == 0 ? "none" : "\(self.place)")
        }
    }
}
