extension JSONValue {
    /// The value in lines, indented by two spaces a level.
    ///
    /// - Parameter columns: Within how many of them a list or object stays on one line.
    public func text(columns: Int = 100) -> String {
        var text = ""
        self.append(to: &text, indentation: 0, columns: columns)
        return text
    }

    /// The value without any spaces between its parts.
    public var compactText: String {
        var text = ""
        self.appendLine(to: &text, isSpaced: false)
        return text
    }

    private func append(to text: inout String, indentation: Int, columns: Int) {
        var line = ""
        self.appendLine(to: &line, isSpaced: true)
        guard line.utf8.count + indentation > columns, !self.isScalar else {
            text += line
            return
        }
        let inner = "\n" + String(repeating: " ", count: indentation + 2)
        switch self {
        case .list(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                text += (index > 0 ? "," : "") + inner
                element.append(to: &text, indentation: indentation + 2, columns: columns)
            }
            text += inner.dropLast(2) + "]"
        case .object(let object):
            text += "{"
            for (index, member) in object.members.enumerated() {
                text += (index > 0 ? "," : "") + inner
                Self.append(member.name, to: &text)
                text += ": "
                member.value.append(to: &text, indentation: indentation + 2, columns: columns)
            }
            text += inner.dropLast(2) + "}"
        default: break
        }
    }

    private var isScalar: Bool {
        switch self {
        case .list, .object: false
        default: true
        }
    }

    private func appendLine(to text: inout String, isSpaced: Bool) {
        let comma = isSpaced ? ", " : ","
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value): text += value
        case .text(let value): Self.append(value, to: &text)
        case .list(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += comma }
                element.appendLine(to: &text, isSpaced: isSpaced)
            }
            text += "]"
        case .object(let object):
            text += "{"
            for (index, member) in object.members.enumerated() {
                if index > 0 { text += comma }
                Self.append(member.name, to: &text)
                text += isSpaced ? ": " : ":"
                member.value.appendLine(to: &text, isSpaced: isSpaced)
            }
            text += "}"
        }
    }

    /// Appends a text as JSON has it (RFC 8259, 7).
    private static func append(_ value: String, to text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case "\u{0}"..."\u{1F}", "\u{7F}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
