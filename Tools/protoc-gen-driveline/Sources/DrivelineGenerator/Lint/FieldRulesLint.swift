import SwiftProtobuf
import SwiftProtobufPluginLibrary
import TextPatterns

/// Whether a field's rules fit its type, and its example fits its rules.
struct FieldRulesLint {
    private let field: FieldModel
    private let rules: Driveline_FieldRules

    init(_ field: FieldModel) {
        self.field = field
        self.rules = field.rules ?? Driveline_FieldRules()
    }

    func check(_ problems: inout ProblemList) {
        guard self.field.rules != nil else { return }
        for reason in self.misfits() + self.contradictions() + self.exampleFaults() {
            problems.add(self.field.descriptor.file.name, self.field.descriptor.fullName, "(driveline.field) \(reason)")
        }
    }

    private var isRepeated: Bool { self.field.descriptor.isRepeated }

    /// What one value of the field is, where its rules can be about that.
    private var valueType: ValueType? {
        if case .map = self.field.shape { return nil }
        return self.field.types.first
    }

    private func misfits() -> [String] {
        var reasons: [String] = []
        if self.rules.hasMinimumItems || self.rules.hasMaximumItems, !self.isRepeated {
            reasons.append("minimum_items and maximum_items fit lists and maps only")
        }
        if self.rules.hasMinimum || self.rules.hasMaximum {
            if case .number(let name) = self.valueType {
                let bounds =
                    (self.rules.hasMinimum ? [self.rules.minimum] : [])
                    + (self.rules.hasMaximum ? [self.rules.maximum] : [])
                reasons += bounds.filter { !NumberRange(name).contains($0) }.map {
                    "\($0) is outside what \(name) can hold"
                }
            } else {
                reasons.append("minimum and maximum fit numbers only")
            }
        }
        switch self.valueType {
        case .text: break
        case .bytes:
            if !self.rules.pattern.isEmpty { reasons.append("pattern fits text only") }
        default:
            if self.rules.hasMinimumBytes || self.rules.hasMaximumBytes {
                reasons.append("minimum_bytes and maximum_bytes fit text and bytes only")
            }
            if !self.rules.pattern.isEmpty { reasons.append("pattern fits text only") }
        }
        if self.rules.rows {
            if case .list(.message) = self.field.shape {} else { reasons.append("rows fits lists of messages only") }
        }
        return reasons + self.requiredMisfits()
    }

    private func requiredMisfits() -> [String] {
        guard self.rules.required else { return [] }
        switch self.field.shape {
        case .member(_, let oneof) where oneof.fields.count > 1:
            return ["required does not fit a member of a oneof of several, of which only one can be set"]
        case .single(.number), .single(.boolean):
            return ["required does not fit a number or bool that cannot tell zero from absent; use a one-member oneof"]
        default:
            return []
        }
    }

    private func contradictions() -> [String] {
        var reasons: [String] = []
        if self.rules.hasMinimum, self.rules.hasMaximum, self.rules.minimum > self.rules.maximum {
            reasons.append("minimum is above maximum")
        }
        if self.rules.hasMinimumBytes, self.rules.hasMaximumBytes, self.rules.minimumBytes > self.rules.maximumBytes {
            reasons.append("minimum_bytes is above maximum_bytes")
        }
        if self.rules.hasMinimumItems, self.rules.hasMaximumItems, self.rules.minimumItems > self.rules.maximumItems {
            reasons.append("minimum_items is above maximum_items")
        }
        if !self.rules.pattern.isEmpty {
            do {
                _ = try TextPattern(self.rules.pattern)
            } catch {
                reasons.append("pattern \(Literal.string(self.rules.pattern)) is not valid: \(error)")
            }
        }
        return reasons
    }

    private func exampleFaults() -> [String] {
        guard !self.rules.example.isEmpty, let type = self.valueType else { return [] }
        let example = Literal.string(self.rules.example)
        switch type {
        case .text:
            return self.isValidText(self.rules.example) ? [] : ["example \(example) breaks the field's own rules"]
        case .number(let name) where name != "Double" && name != "Float":
            guard let value = Int64(self.rules.example) else { return ["example \(example) is not a number"] }
            let isValid =
                (!self.rules.hasMinimum || value >= self.rules.minimum)
                && (!self.rules.hasMaximum || value <= self.rules.maximum) && NumberRange(name).contains(value)
            return isValid ? [] : ["example \(example) breaks the field's own rules"]
        default:
            return []
        }
    }

    private func isValidText(_ text: String) -> Bool {
        if self.rules.hasMinimumBytes, text.utf8.count < self.rules.minimumBytes { return false }
        if self.rules.hasMaximumBytes, text.utf8.count > self.rules.maximumBytes { return false }
        guard !self.rules.pattern.isEmpty, let pattern = try? TextPattern(self.rules.pattern) else { return true }
        return pattern.matches(text)
    }
}
