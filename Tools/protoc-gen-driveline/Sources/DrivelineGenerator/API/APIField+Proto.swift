import APIReference
import SwiftProtobuf
import SwiftProtobufPluginLibrary
import TextPatterns

extension APIField {
    /// A field of a message.
    init(_ field: FieldModel) {
        let rules = field.rules ?? Driveline_FieldRules()
        let (isAlwaysAnswered, choice) = Self.presence(field)
        self.init(
            name: APINaming.field(field.descriptor), text: APINaming.text(Self.comment(field)),
            type: APIType(field, rules),
            isRequired: AbsenceRule(field, rules).isRefused, isAlwaysAnswered: isAlwaysAnswered, choice: choice,
            example: Self.example(field, rules.example), isTypical: Self.isTypical(field, rules))
        self.isRows = rules.rows
    }

    /// Whether the proto file has an example of the field, or of something in the list that it is. Rows are another way to
    /// say the same.
    private static func isTypical(_ field: FieldModel, _ rules: Driveline_FieldRules) -> Bool {
        guard case .list(.message(let message)) = field.shape else { return !rules.example.isEmpty }
        return !rules.rows && message.fieldModels.contains { $0.rules?.example.isEmpty == false }
    }

    /// Whether JSON always has the field, and the choice of several that it belongs to.
    private static func presence(_ field: FieldModel) -> (Bool, String?) {
        switch field.shape {
        case .single(let type): (!type.isMessage, nil)
        case .member(_, let oneof): (false, oneof.fields.count > 1 ? oneof.name : nil)
        case .list, .map: (true, nil)
        }
    }

    private static func comment(_ field: FieldModel) -> String? {
        guard case .member(_, let oneof) = field.shape, oneof.fields.count == 1 else { return field.descriptor.comment }
        // Of an optional field the comment may stand on either.
        return field.descriptor.comment ?? oneof.comment
    }

    private static func example(_ field: FieldModel, _ example: String) -> JSONValue? {
        guard !example.isEmpty, let type = field.types.first else { return nil }
        let value: JSONValue? =
            switch type {
            case .number: Int128(example).map(JSONValue.integer) ?? .number(example)
            case .boolean: .boolean(example == "true")
            case .text, .bytes, .enumeration: .text(example)
            case .message(let message):
                SpecialMessage(message).map { $0 == .decimal ? .number(example) : .text(example) }
            }
        guard let value else { return nil }
        if case .list = field.shape { return .list([value]) }
        if case .map = field.shape { return nil }
        return value
    }
}

/// Whether a request without a field is refused: because it is required, or because zero or empty, which is the same as
/// absent, breaks its rules. `SchemaCompiler` of the product's Transcoding decides the same.
struct AbsenceRule {
    let isRefused: Bool

    init(_ field: FieldModel, _ rules: Driveline_FieldRules) {
        self.isRefused = rules.required || Self.breaksRules(field, rules)
    }

    private static func breaksRules(_ field: FieldModel, _ rules: Driveline_FieldRules) -> Bool {
        switch field.shape {
        case .list, .map: rules.hasMinimumItems && rules.minimumItems > 0
        case .member: false
        case .single(.text): (rules.hasMinimumBytes && rules.minimumBytes > 0) || !Self.takesEmpty(rules.pattern)
        case .single(.bytes): rules.hasMinimumBytes && rules.minimumBytes > 0
        case .single(.number): (rules.hasMinimum && rules.minimum > 0) || (rules.hasMaximum && rules.maximum < 0)
        case .single(.boolean), .single(.enumeration), .single(.message): false
        }
    }

    private static func takesEmpty(_ pattern: String) -> Bool {
        guard !pattern.isEmpty, let pattern = try? TextPattern(pattern) else { return true }
        return pattern.matches("")
    }
}

extension APIType {
    /// What a field may be.
    init(_ field: FieldModel, _ rules: Driveline_FieldRules) {
        let count = CountRules(
            minimum: rules.hasMinimumItems ? Int(rules.minimumItems) : nil,
            maximum: rules.hasMaximumItems ? Int(rules.maximumItems) : nil)
        switch field.shape {
        case .single(let type), .member(let type, _): self = APIType(type, rules)
        case .list(let type): self = .list(APIType(type, rules), count)
        case .map(let key, let value, _):
            let none = Driveline_FieldRules()
            self = .map(key: APIType(key, none), value: APIType(value, none), count)
        }
    }

    private init(_ type: ValueType, _ rules: Driveline_FieldRules) {
        switch type {
        case .number(let name): self = Self.number(name, rules)
        case .boolean: self = .boolean
        case .bytes: self = .bytes
        case .text:
            self = .text(
                TextRules(
                    minimumBytes: rules.hasMinimumBytes ? Int(rules.minimumBytes) : nil,
                    maximumBytes: rules.hasMaximumBytes ? Int(rules.maximumBytes) : nil, pattern: rules.pattern))
        case .enumeration(let type): self = .enumeration(APINaming.type(type.fullName, in: type.file.package))
        case .message(let message): self = APIType(message)
        }
    }

    /// What a message is in JSON.
    ///
    /// - Parameter left: The fields that are left out.
    init(_ message: Descriptor, without left: Set<String> = []) {
        switch SpecialMessage(message) {
        case .time: self = .time
        case .duration: self = .duration
        case .fieldMask: self = .fieldMask
        case .decimal: self = .decimal
        case nil: self = .object(APINaming.type(message.fullName, in: message.file.package), without: left)
        }
    }

    private static func number(_ name: String, _ rules: Driveline_FieldRules) -> APIType {
        guard let format = IntegerFormat(rawValue: name.lowercased()) else {
            return .number(
                minimum: rules.hasMinimum ? rules.minimum : nil, maximum: rules.hasMaximum ? rules.maximum : nil)
        }
        let lower = max(format.range.lowerBound, rules.hasMinimum ? Int128(rules.minimum) : format.range.lowerBound)
        let upper = min(format.range.upperBound, rules.hasMaximum ? Int128(rules.maximum) : format.range.upperBound)
        // Rules that leave nothing have been refused.
        return .integer(format, lower...max(lower, upper))
    }
}
