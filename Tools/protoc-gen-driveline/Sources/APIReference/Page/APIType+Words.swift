extension APIType {
    /// What the type is called.
    var word: String {
        switch self {
        case .text: "text"
        case .integer: "integer"
        case .number: "number"
        case .decimal: "decimal"
        case .boolean: "boolean"
        case .bytes: "base64"
        case .time: "time"
        case .duration: "duration"
        case .fieldMask: "field mask"
        case .enumeration: "enum"
        case .object: "object"
        case .list(let element, _): "list of \(element.plural)"
        case .map(_, let value, _): "map of \(value.plural)"
        }
    }

    private var plural: String {
        switch self {
        case .text: "texts"
        case .integer: "integers"
        case .number: "numbers"
        case .decimal: "decimals"
        case .boolean: "booleans"
        case .bytes: "base64"
        case .time: "times"
        case .duration: "durations"
        case .fieldMask: "field masks"
        case .enumeration: "enums"
        case .object: "objects"
        case .list(let element, _): "lists of \(element.plural)"
        case .map(_, let value, _): "maps of \(value.plural)"
        }
    }

    /// The rules of a value in a request, in words.
    var rules: [String] {
        switch self {
        case .text(let rules): rules.words
        case .integer(let format, let range): range == format.range ? [] : [Self.words(range, format)]
        case .number(let minimum, let maximum):
            [minimum.map { "at least \($0.grouped)" }, maximum.map { "at most \($0.grouped)" }].compactMap { $0 }
        case .decimal: ["at most six decimals"]
        case .duration: ["seconds, such as `900s`"]
        case .time: ["RFC 3339"]
        case .list(let element, let count): count.words("elements") + element.rules.map { "each \($0)" }
        case .map(_, let value, let count): count.words("entries") + value.rules.map { "each \($0)" }
        default: []
        }
    }

    private static func words(_ range: ClosedRange<Int128>, _ format: IntegerFormat) -> String {
        if range.upperBound == format.range.upperBound { return "at least \(range.lowerBound.grouped)" }
        // Where the type begins needs no word, but a zero does.
        if range.lowerBound == format.range.lowerBound, range.lowerBound < 0 {
            return "at most \(range.upperBound.grouped)"
        }
        return "\(range.lowerBound.grouped) to \(range.upperBound.grouped)"
    }

    /// The object or enumeration within lists and maps.
    var innermost: APIType {
        switch self {
        case .list(let element, _): element.innermost
        case .map(_, let value, _): value.innermost
        default: self
        }
    }
}

extension BinaryInteger {
    /// The number with its digits in groups of three.
    var grouped: String {
        let digits = String(self.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3), digits.count > 4 { text += "," }
            text.append(digit)
        }
        return self < 0 ? "−" + text : text
    }
}

extension APIType.TextRules {
    fileprivate var words: [String] {
        let length: String? =
            switch (self.minimumBytes ?? 0, self.maximumBytes) {
            case (0, let maximum?): "at most \(maximum.grouped) bytes"
            case (let minimum, let maximum?): "\(minimum.grouped) to \(maximum.grouped) bytes"
            case (0, nil): nil
            case (let minimum, nil): "at least \(minimum.grouped) bytes"
            }
        return [length, self.pattern.isEmpty ? nil : "matches `\(self.pattern)`"].compactMap { $0 }
    }
}

extension APIType.CountRules {
    fileprivate func words(_ unit: String) -> [String] {
        switch (self.minimum ?? 0, self.maximum) {
        case (0, nil): []
        case (0, let maximum?): ["at most \(maximum.grouped) \(unit)"]
        case (let minimum, nil): ["at least \(minimum.grouped) \(unit)"]
        case (let minimum, let maximum?): ["\(minimum.grouped) to \(maximum.grouped) \(unit)"]
        }
    }
}
