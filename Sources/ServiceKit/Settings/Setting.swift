public import RPC

/// A setting of a service, declared once with its type.
///
/// ```swift
/// let batchSize = Setting.integer("batch-size", default: 256, in: 1...10_000, "The rows of a batch.")
/// ...
/// context.configuration[batchSize]
/// ```
public struct Setting<Value: Sendable>: AnySetting {
    /// What is declared of it.
    public let declaration: SettingDeclaration
    /// The value of a text; `nil` where the text is not valid. Only called with the absence of a text where there is
    /// no default.
    let value: @Sendable (String?) -> Value?

    init(_ declaration: SettingDeclaration, _ value: @escaping @Sendable (String?) -> Value?) {
        self.declaration = declaration
        self.value = value
    }

    /// Reads a text.
    public func anyValue(of text: String?) -> (any Sendable)? { self.value(text) }
}

/// A setting whatever its type is.
public protocol AnySetting: Sendable {
    /// What is declared of it.
    var declaration: SettingDeclaration { get }
    /// The value of a text, or of none; `nil` where that is not valid.
    func anyValue(of text: String?) -> (any Sendable)?
}

extension Setting where Value == String {
    /// A text that may be empty.
    public static func text(_ name: String, default defaultText: String, _ summary: String) -> Setting {
        Setting(.init(name: name, kind: .text, defaultText: defaultText, summary: summary)) { $0 }
    }

    /// One of some words.
    public static func choice(
        _ name: String, default defaultText: String, of words: [String], _ summary: String
    ) -> Setting {
        Setting(.init(name: name, kind: .choice(words), defaultText: defaultText, summary: summary)) { text in
            text.flatMap { words.contains($0) ? $0 : nil }
        }
    }
}

extension Setting where Value == String {
    /// A text that must be given, is never shown, and can be given as a file.
    public static func requiredSecret(_ name: String, _ summary: String) -> Setting {
        Setting(.init(name: name, kind: .text, defaultText: nil, summary: summary, isSecret: true)) { text in
            text?.isEmpty == true ? nil : text
        }
    }
}

extension Setting where Value == String? {
    /// A text without default.
    public static func optionalText(_ name: String, _ summary: String) -> Setting {
        Setting(.init(name: name, kind: .text, defaultText: nil, summary: summary)) { .some($0) }
    }

    /// A text without default that is never shown, and can be given as a file.
    public static func secret(_ name: String, _ summary: String) -> Setting {
        Setting(.init(name: name, kind: .text, defaultText: nil, summary: summary, isSecret: true)) { text in
            text?.isEmpty == true ? nil : .some(text)
        }
    }

    /// The path of a file, without default. Whether it exists is for the one who reads it to find out.
    public static func file(_ name: String, _ summary: String) -> Setting {
        Setting(.init(name: name, kind: .file, defaultText: nil, summary: summary)) { text in
            text?.isEmpty == true ? nil : .some(text)
        }
    }
}

extension Setting where Value == Int {
    /// A whole number within bounds.
    ///
    /// - Parameter unit: What it counts, such as `ms` or `bytes`; a name ends with it where it is not plain.
    public static func integer(
        _ name: String, default defaultValue: Int, in range: ClosedRange<Int>, unit: String = "", _ summary: String
    ) -> Setting {
        precondition(range.contains(defaultValue), "the default of \(name) is out of its range")
        let declaration = SettingDeclaration(
            name: name, kind: .integer(range), defaultText: String(defaultValue), unit: unit, summary: summary)
        return Setting(declaration) { text in
            text.flatMap { Int($0) }.flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension Setting where Value == Bool {
    /// `true` or `false`; a flag without a value is true.
    public static func boolean(_ name: String, default defaultValue: Bool, _ summary: String) -> Setting {
        let declaration = SettingDeclaration(
            name: name, kind: .boolean, defaultText: String(defaultValue), summary: summary)
        return Setting(declaration) { text in text.flatMap { Bool($0) } }
    }
}

extension Setting where Value == [String] {
    /// Words separated by commas; none by default.
    public static func list(_ name: String, _ summary: String) -> Setting {
        Setting(.init(name: name, kind: .list, defaultText: "", summary: summary)) { text in
            guard let text, !text.isEmpty else { return [] }
            let words = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            return words.contains("") ? nil : words
        }
    }
}

extension Setting where Value == RPCTarget? {
    /// Where the servers of a service are, without default.
    public static func addresses(_ name: String, _ summary: String) -> Setting {
        Setting(.init(name: name, kind: .addresses, defaultText: nil, summary: summary)) { text in
            guard let text else { return .some(nil) }
            return RPCTarget(settingText: text).map { .some($0) }
        }
    }
}

extension RPCTarget {
    /// Reads `HOST:PORT`, several separated by commas, or `dns:HOST:PORT`; a numeric IPv6 host stands in brackets.
    init?(settingText text: String) {
        if text.hasPrefix("dns:") {
            guard let address = Address(settingText: text.dropFirst(4)) else { return nil }
            self = .dns(address)
            return
        }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let addresses = parts.compactMap { Address(settingText: $0) }
        guard addresses.count == parts.count else { return nil }
        self = .list(addresses)
    }
}

extension RPCTarget.Address {
    init?(settingText text: Substring) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, !host.contains(where: \.isWhitespace) else { return nil }
        self.init(host: String(host), port: Int(port))
    }
}
