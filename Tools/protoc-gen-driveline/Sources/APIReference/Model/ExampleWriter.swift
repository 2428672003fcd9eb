/// Makes examples that are valid, of what the proto files say is valid.
///
/// A request has what it must have, what the proto file has an example for, and one member of each choice. An answer has
/// all that is always there, and each object that may be.
struct ExampleWriter {
    /// The time in all examples.
    static let time = "2026-01-31T12:00:00Z"

    private let api: APIDescription
    /// The fields of each package with an example, by their names: what is called alike in a package is alike.
    private let known: [String: [APIField]]

    init(_ api: APIDescription) {
        self.api = api
        var known: [String: [APIField]] = [:]
        for object in api.objects.sorted(by: { $0.key < $1.key }).map(\.value) {
            // A name as such is that of anything.
            for field in object.fields where field.example != nil && field.name != "name" {
                known[Self.key(field.name, in: object.name), default: []].append(field)
            }
        }
        self.known = known
    }

    private static func key(_ field: String, in object: String) -> String {
        "\(object.prefix { $0 != "." }).\(field)"
    }

    /// An example of an object.
    func object(_ name: String, without left: Set<String> = [], _ use: SchemaUse) -> JSONValue {
        guard let object = self.api.objects[name] else { return [:] }
        var members = JSONObject()
        var taken = Set<String>()
        let chosen = self.chosen(object, without: left)
        for field in object.fields where !left.contains(field.name) {
            if let choice = field.choice, let first = chosen[choice] {
                guard field.name == first, taken.insert(choice).inserted else { continue }
            } else if use == .request {
                guard field.isRequired || field.isTypical else { continue }
            }
            members[field.name] = self.value(field, in: object.name, use)
        }
        return .object(members)
    }

    /// Of each choice the field that has an example, or the first.
    private func chosen(_ object: APIObject, without left: Set<String>) -> [String: String] {
        var chosen: [String: String] = [:]
        for choice in object.choices(without: left) {
            let fields = object.fields.filter { choice.fields.contains($0.name) }
            chosen[choice.name] = (fields.first { $0.example != nil } ?? fields.first)?.name
        }
        return chosen
    }

    /// An example of a field.
    ///
    /// - Parameter object: The name of the object that it belongs to.
    func value(_ field: APIField, in object: String, _ use: SchemaUse) -> JSONValue {
        if let example = field.example ?? self.sameName(field, in: object) { return example }
        switch field.type {
        case .text(let rules): return .text(Self.text(field.name, rules, use, isRequired: field.isRequired))
        case .list(.text(let rules), _):
            // `skus` are called as `sku` is.
            let one = APIField(
                name: field.name.hasSuffix("s") ? String(field.name.dropLast()) : field.name, text: "",
                type: .text(rules), isRequired: true, isAlwaysAnswered: true)
            return .list([self.sameName(one, in: object) ?? self.value(one.type, use, isRequired: true)])
        default: return self.value(field.type, use, isRequired: field.isRequired)
        }
    }

    /// An example of a text by the name of its field: `reservationId` gives `reservation-1`.
    private static func text(
        _ name: String, _ rules: APIType.TextRules, _ use: SchemaUse, isRequired: Bool
    ) -> String {
        let words = name.split { !$0.isLetter }.last.map(String.init) ?? name
        if words.hasSuffix("Id"), rules.pattern.isEmpty {
            let id = words.dropLast(2).map { $0.isUppercase ? "-\($0.lowercased())" : String($0) }.joined() + "-1"
            if rules.takes(.text(id)) { return id }
        }
        return self.text(rules, isRequired: isRequired && use == .request)
    }

    /// An example of a parameter.
    func value(_ parameter: APIField, of operation: APIOperation) -> JSONValue {
        // The id begins with the package, as the names of its objects do.
        self.value(parameter, in: String(operation.id.prefix { $0 != "_" }), .request)
    }

    /// The example of a field with the same name, where it fits.
    private func sameName(_ field: APIField, in object: String) -> JSONValue? {
        self.known[Self.key(field.name, in: object)]?.first { other in
            switch (field.type, other.type) {
            case (.text(let rules), .text(let others)):
                rules == others || (rules.pattern.isEmpty && rules.takes(other.example))
            case (.integer(_, let range), .integer):
                if case .integer(let value)? = other.example { range.contains(value) } else { false }
            default: field.type == other.type
            }
        }?.example
    }

    /// An example of content.
    func value(_ type: APIType, _ use: SchemaUse, isRequired: Bool = false) -> JSONValue {
        switch type {
        case .text(let rules): .text(Self.text(rules, isRequired: isRequired))
        case .integer(_, let range): .integer(min(max(1, range.lowerBound), range.upperBound))
        case .number(let minimum, let maximum): .number(String(min(max(1, minimum ?? 1), maximum ?? 1)))
        case .decimal: .number("12.5")
        case .boolean: false
        case .bytes: "AQID"
        case .time: .text(Self.time)
        case .duration: "900s"
        case .fieldMask: "name"
        case .enumeration(let name):
            .text(self.api.enumerations[name].flatMap { $0.values.first { !$0.isZero } ?? $0.values.first }?.name ?? "")
        case .object(let name, let left): self.object(name, without: left, use)
        case .list(let element, let count):
            .list(
                Array(
                    repeating: self.value(element, use, isRequired: true),
                    count: max(1, use == .request ? count.minimum ?? 0 : 0)))
        case .map(let key, let value, _):
            .object(JSONObject(members: [.init(name: key.exampleKey, value: self.value(value, use, isRequired: true))]))
        }
    }

    /// Where a stream stands.
    private static let position = "eyJzIjoxfQ"

    /// How a stream begins.
    func events(_ type: APIType) -> String {
        "retry: 2000\n\nid: \(Self.position)\ndata: \(self.eventData(type).compactText)\n\n"
    }

    /// One event by its fields.
    func event(_ type: APIType) -> JSONValue {
        ["id": .text(Self.position), "data": .text(self.eventData(type).compactText)]
    }

    /// The data of an event, in which the stream's position is the event's id.
    private func eventData(_ type: APIType) -> JSONValue {
        let value = self.value(type, .answer)
        guard case .object(var object) = value, object["cursor"] != nil else { return value }
        object["cursor"] = .text(Self.position)
        return .object(object)
    }

    private static func text(_ rules: APIType.TextRules, isRequired: Bool) -> String {
        let word = isRequired || (rules.minimumBytes ?? 0) > 0 ? "text" : ""
        let long = word.isEmpty ? "" : word.padded(to: rules.minimumBytes ?? 0)
        return rules.maximumBytes.map { String(long.prefix($0)) } ?? long
    }
}

extension APIType {
    /// A name in a map.
    fileprivate var exampleKey: String {
        switch self {
        case .integer: "1"
        case .boolean: "true"
        default: "name"
        }
    }
}

extension APIType.TextRules {
    fileprivate func takes(_ example: JSONValue?) -> Bool {
        guard case .text(let text)? = example else { return false }
        return text.utf8.count >= self.minimumBytes ?? 0 && text.utf8.count <= self.maximumBytes ?? .max
    }
}

extension String {
    fileprivate func padded(to count: Int) -> String {
        var text = self
        while text.utf8.count < count { text += self }
        return text
    }
}
