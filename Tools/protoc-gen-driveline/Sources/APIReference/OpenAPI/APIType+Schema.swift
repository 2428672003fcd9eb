extension APIType {
    /// A number as JSON writes it, where text stands for it.
    private static let numberPattern = #"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$"#
    private static let inputDurationPattern = #"^-?[0-9]+(\.[0-9]{1,9})?s$"#
    private static let answerDurationPattern = #"^-?[0-9]+(\.([0-9]{3}|[0-9]{6}|[0-9]{9}))?s$"#

    /// The schema of what is neither an object nor a list.
    func scalarSchema(_ use: SchemaUse, isRequired: Bool) -> JSONObject {
        switch self {
        case .text(let rules): Self.text(rules, use, isRequired: isRequired)
        case .integer(let format, let range): Self.integer(format, use.hasRules ? range : format.range)
        case .number(let minimum, let maximum): Self.number(minimum, maximum, use)
        case .decimal:
            use == .answer
                ? ["type": "number"] : ["type": ["number", "string"], "pattern": .text(Self.numberPattern)]
        case .boolean: ["type": "boolean"]
        case .bytes: ["type": "string", "contentEncoding": "base64"]
        case .time: ["type": "string", "format": "date-time"]
        case .duration:
            [
                "type": "string",
                "pattern": .text(use.isInput ? Self.inputDurationPattern : Self.answerDurationPattern),
            ]
        case .fieldMask: ["type": "string"]
        case .enumeration, .object, .list, .map: [:]
        }
    }

    private static func integer(_ format: IntegerFormat, _ range: ClosedRange<Int128>) -> JSONObject {
        [
            "type": "integer", "format": .text(format.rawValue), "minimum": .integer(range.lowerBound),
            "maximum": .integer(range.upperBound),
        ]
    }

    private static func text(_ rules: TextRules, _ use: SchemaUse, isRequired: Bool) -> JSONObject {
        var schema: JSONObject = ["type": "string"]
        guard use.hasRules else { return schema }
        // A character has at most four bytes.
        let minimum = max(((rules.minimumBytes ?? 0) + 3) / 4, isRequired ? 1 : 0)
        if minimum > 0 { schema["minLength"] = .integer(Int128(minimum)) }
        if let maximum = rules.maximumBytes { schema["maxLength"] = .integer(Int128(maximum)) }
        // The whole text must match, and so each alternative of it.
        if !rules.pattern.isEmpty { schema["pattern"] = .text("^(?:\(rules.pattern))$") }
        return schema
    }

    private static func number(_ minimum: Int64?, _ maximum: Int64?, _ use: SchemaUse) -> JSONObject {
        var number: JSONObject = ["type": "number"]
        guard use.isInput else {
            return ["anyOf": [.object(number), ["enum": ["NaN", "Infinity", "-Infinity"]]]]
        }
        if use.hasRules, let minimum { number["minimum"] = .integer(Int128(minimum)) }
        if use.hasRules, let maximum { number["maximum"] = .integer(Int128(maximum)) }
        number["type"] = ["number", "string"]
        number["pattern"] = "^(NaN|-?Infinity)$"
        return number
    }

    /// What the names of a map are, which are text in JSON; `nil`: any text.
    func mapKeySchema(_ use: SchemaUse) -> JSONValue? {
        switch self {
        case .integer: ["pattern": .text(use.isInput ? Self.numberPattern : "^-?[0-9]+$")]
        case .boolean: ["enum": ["true", "false"]]
        default: nil
        }
    }

    /// What a schema cannot say of a value in a request.
    var unsaidRules: String {
        switch self {
        case .text(let rules): rules.maximumBytes.map { "At most \($0) bytes of UTF-8." } ?? ""
        case .decimal: "At most six decimals."
        case .bytes: "Base64."
        case .duration: "In seconds, such as `900s` or `1.5s`."
        case .fieldMask: "Names of fields, joined by commas."
        case .list(let element, _): element.unsaidRules.isEmpty ? "" : "Each: " + element.unsaidRules.lowercasedFirst
        default: ""
        }
    }
}

extension String {
    /// With a small first letter.
    var lowercasedFirst: String { self.prefix(1).lowercased() + self.dropFirst() }
}
