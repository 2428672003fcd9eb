/// Where a schema stands: the two sides of the API write the same message differently.
public enum SchemaUse: Sendable, Hashable {
    /// What the gateway takes.
    case request
    /// A row of several in what the gateway takes: its types count, and its rules are for the service, which answers each
    /// row by itself.
    case row
    /// What it writes.
    case answer

    /// Whether it goes into the gateway.
    var isInput: Bool { self != .answer }
    /// Whether what breaks a rule is refused as a whole.
    var hasRules: Bool { self == .request }
}

/// Writes types as JSON Schemas (draft 2020-12, as OpenAPI 3.1 has them), and notes which components they refer to.
///
/// A schema of a request accepts all that the gateway accepts, and refuses as much of what it refuses as JSON Schema can
/// say: lengths, for example, are bytes to the gateway and characters to JSON Schema.
struct SchemaWriter {
    private let api: APIDescription
    /// The components by name, in the order in which they were first referred to.
    private(set) var components = JSONObject()
    /// The fields that the bodies leave out, by the bodies' names.
    private var bodies: [String: Set<String>] = [:]

    init(_ api: APIDescription) { self.api = api }

    /// The schema of a field, with what it says.
    mutating func schema(_ field: APIField, _ use: SchemaUse) -> JSONValue {
        let isRequired = field.isRequired && use.hasRules
        let isNullable = use.isInput && !isRequired
        var schema = self.schema(
            field.type, use, isNullable: isNullable, isRequired: isRequired, isRows: field.isRows)
        let text = [field.text, Self.words(field, use)].filter { !$0.isEmpty }
        if !text.isEmpty { schema["description"] = .text(text.joined(separator: "\n\n")) }
        if let example = field.example { schema["examples"] = .list([example]) }
        return .object(schema)
    }

    /// What the schema itself cannot say.
    private static func words(_ field: APIField, _ use: SchemaUse) -> String {
        switch use {
        case .answer: return ""
        case .request: return field.type.unsaidRules
        case .row:
            let rules = (field.isRequired ? ["required"] : []) + field.type.rules
            return rules.isEmpty ? "" : "The row is refused unless: " + rules.joined(separator: "; ") + "."
        }
    }

    /// The schema of a type.
    ///
    /// - Parameters:
    ///   - isRows: Whether it is a list whose elements have outcomes of their own.
    ///   - isNullable: Whether `null` stands for absence.
    ///   - isRequired: Whether zero or empty is refused, where the type cannot tell it from absence.
    mutating func schema(
        _ type: APIType, _ use: SchemaUse, isNullable: Bool, isRequired: Bool, isRows: Bool = false
    ) -> JSONObject {
        switch type {
        case .object, .enumeration: return self.reference(type, use, isNullable: isNullable, isRequired: isRequired)
        case .list(let element, let count):
            return self.list(
                element, count, use, isNullable: isNullable, isRequired: isRequired, isRows: isRows)
        case .map(let key, let value, let count):
            return self.map(key, value, count, use, isNullable: isNullable, isRequired: isRequired)
        default:
            var schema = type.scalarSchema(use, isRequired: isRequired)
            if isNullable { schema["type"] = Self.nullable(schema["type"]) }
            return schema
        }
    }

    private static func nullable(_ type: JSONValue?) -> JSONValue {
        switch type {
        case .list(let types): .list(types + ["null"])
        case let type?: .list([type, "null"])
        case nil: "null"
        }
    }

    private mutating func list(
        _ element: APIType, _ count: APIType.CountRules, _ use: SchemaUse, isNullable: Bool, isRequired: Bool,
        isRows: Bool
    ) -> JSONObject {
        let items = self.schema(element, isRows && use.isInput ? .row : use, isNullable: false, isRequired: false)
        var schema: JSONObject = ["type": isNullable ? ["array", "null"] : "array", "items": .object(items)]
        guard use.hasRules else { return schema }
        let minimum = max(count.minimum ?? 0, isRequired ? 1 : 0)
        if minimum > 0 { schema["minItems"] = .integer(Int128(minimum)) }
        if let maximum = count.maximum { schema["maxItems"] = .integer(Int128(maximum)) }
        return schema
    }

    private mutating func map(
        _ key: APIType, _ value: APIType, _ count: APIType.CountRules, _ use: SchemaUse, isNullable: Bool,
        isRequired: Bool
    ) -> JSONObject {
        let values = self.schema(value, use, isNullable: false, isRequired: false)
        var schema: JSONObject = [
            "type": isNullable ? ["object", "null"] : "object", "additionalProperties": .object(values),
        ]
        if let names = key.mapKeySchema(use) { schema["propertyNames"] = names }
        guard use.hasRules else { return schema }
        let minimum = max(count.minimum ?? 0, isRequired ? 1 : 0)
        if minimum > 0 { schema["minProperties"] = .integer(Int128(minimum)) }
        if let maximum = count.maximum { schema["maxProperties"] = .integer(Int128(maximum)) }
        return schema
    }

    private mutating func reference(
        _ type: APIType, _ use: SchemaUse, isNullable: Bool, isRequired: Bool
    ) -> JSONObject {
        let name = self.component(type, use)
        let target: JSONValue = .text("#/components/schemas/" + name)
        if isNullable { return ["anyOf": [["$ref": target], ["type": "null"]]] }
        var schema: JSONObject = ["$ref": target]
        if case .enumeration(let name) = type, isRequired, use.hasRules,
            let zero = self.api.enumerations[name]?.values.first(where: \.isZero)
        {
            schema["not"] = ["const": .text(zero.name)]
        }
        return schema
    }

    // MARK: - Components

    /// Adds the component of an object or enumeration, unless it is there.
    ///
    /// - Returns: Its name.
    private mutating func component(_ type: APIType, _ use: SchemaUse) -> String {
        switch type {
        case .enumeration(let name):
            if self.components[name] == nil, let enumeration = self.api.enumerations[name] {
                self.components[name] = enumeration.schema
            }
            return name
        case .object(let name, let left):
            let component = self.componentName(name, without: left, use)
            if self.components[component] == nil, let object = self.api.objects[name] {
                // Its place is taken before those that it refers to are added.
                self.components[component] = [:]
                self.components[component] = .object(self.schema(object, without: left, use))
            }
            return component
        default: return ""
        }
    }

    /// What the component of an object is called. That of answers has its plain name, and so have requests; what is in a
    /// request is an input, what is left of a request for its body a body, and what is in a row a row.
    private mutating func componentName(_ name: String, without left: Set<String>, _ use: SchemaUse) -> String {
        if use == .answer { return name }
        if use == .row { return (name.hasSuffix("Request") ? String(name.dropLast(7)) : name) + "Row" }
        let isRequest = name.hasSuffix("Request")
        guard !left.isEmpty else { return isRequest ? name : name + "Input" }
        let body = (isRequest ? String(name.dropLast(7)) : name) + "Body"
        // Another path may leave other fields of the same message.
        if self.bodies[body, default: left] != left { return body + ".without." + left.sorted().joined(separator: ".") }
        self.bodies[body] = left
        return body
    }

    private mutating func schema(_ object: APIObject, without left: Set<String>, _ use: SchemaUse) -> JSONObject {
        var schema: JSONObject = ["type": "object"]
        if !object.text.isEmpty { schema["description"] = .text(object.text) }
        var properties = JSONObject()
        let fields = object.fields.filter { !left.contains($0.name) }
        for field in fields { properties[field.name] = self.schema(field, use) }
        schema["properties"] = .object(properties)
        let required = fields.filter { use.isInput ? $0.isRequired && use.hasRules : $0.isAlwaysAnswered }.map(\.name)
        if !required.isEmpty { schema["required"] = .list(required.map(JSONValue.text)) }
        if use.isInput { schema["additionalProperties"] = false }
        let choices = object.choices(without: left).map { Self.atMostOne($0.fields, use) }
        switch choices.count {
        case 0: break
        case 1: schema["anyOf"] = choices[0]
        default: schema["allOf"] = .list(choices.map { ["anyOf": $0] })
        }
        return schema
    }

    /// That at most one of several fields is given: all others are absent or, which is the same in a request, `null`.
    private static func atMostOne(_ names: [String], _ use: SchemaUse) -> JSONValue {
        let absent: JSONValue = use.isInput ? ["type": "null"] : false
        return .list(
            names.map { name in
                let others = names.filter { $0 != name }.map { JSONObject.Member(name: $0, value: absent) }
                return ["properties": .object(JSONObject(members: others))]
            })
    }
}

extension APIEnumeration {
    fileprivate var schema: JSONValue {
        var lines = self.text.isEmpty ? [] : [self.text, ""]
        lines += self.values.map { $0.text.isEmpty ? "- `\($0.name)`" : "- `\($0.name)`: \($0.text)" }
        return [
            "type": "string", "description": .text(lines.joined(separator: "\n")),
            "enum": .list(self.values.map { .text($0.name) }),
        ]
    }
}
