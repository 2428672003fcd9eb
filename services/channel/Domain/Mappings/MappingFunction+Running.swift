extension MappingFunction {
    /// What the step makes of a value.
    ///
    /// - Returns: nil: no value.
    func apply(_ value: MappingText?) throws(MappingFault) -> MappingText? {
        guard let value else {
            if case .otherwise(let text) = self { return .one(text) }
            return nil
        }
        switch (self, value) {
        case (.otherwise, _): return value
        case (.join(let between), .many(let elements)):
            return .one(elements.map(\.text).joined(separator: between))
        case (.join, .one): return value
        case (.first, .many(let elements)): return elements.first.map { .one($0.text) }
        case (.first, .one): return value
        case (.split(let search), .one(let text)): return Self.elements(search.parts(of: text))
        case (.split(let search), .many(let elements)):
            return Self.elements(elements.flatMap { search.parts(of: $0.text) })
        case (_, .one(let text)): return try self.text(text).map { .one($0) }
        case (_, .many(let elements)):
            var texts: [String] = []
            for element in elements {
                if let text = try self.text(element.text) { texts.append(text) }
            }
            return Self.elements(texts)
        }
    }

    /// Texts that say something; nil: none does.
    private static func elements(_ texts: [String]) -> MappingText? {
        let elements = texts.filter { !$0.isEmpty }.map { MappingElement($0) }
        return elements.isEmpty ? nil : .many(elements)
    }

    /// What the step makes of one text; nil: no value.
    private func text(_ text: String) throws(MappingFault) -> String? {
        switch self {
        case .trim: return MarkupText.trimmed(text)
        case .upper: return text.uppercased()
        case .lower: return text.lowercased()
        case .prefix(let front): return front + text
        case .suffix(let end): return text + end
        case .replace(let search, let replacement):
            let parts = search.parts(of: text)
            guard text.utf8.count + (parts.count - 1) * replacement.utf8.count <= 2 * MappingLimits.valueBytes else {
                throw MappingFault("replace makes more than \(MappingLimits.valueBytes) bytes")
            }
            return parts.joined(separator: replacement)
        case .truncate(let characters): return MarkupText.trimmed(String(text.prefix(characters)))
        case .lookup(let table, let otherwise): return table[text] ?? otherwise
        case .round(let places):
            guard let number = MappingNumber(text)?.text(rounded: places) else { throw Self.noNumber("round", text) }
            return number
        case .multiply(let factor):
            guard let number = MappingNumber(text)?.multiplied(by: factor) else {
                throw Self.noNumber("multiply", text)
            }
            return number.text
        case .htmlEscape: return MarkupText.escaped(text)
        case .stripHTML: return MarkupText.stripped(text)
        case .join, .split, .first, .otherwise: return text
        }
    }

    private static func noNumber(_ function: String, _ text: String) -> MappingFault {
        MappingFault(
            "\(function) needs a decimal number with at most \(MappingNumber.places) places, and "
                + "\(text.prefix(32).debugDescription) is none, or becomes too great")
    }
}
