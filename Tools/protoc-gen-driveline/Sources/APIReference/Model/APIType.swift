/// What a value may be, in the JSON of docs/api.md.
public indirect enum APIType: Sendable, Hashable {
    /// Text with its limits.
    case text(TextRules)
    /// A whole number from a least to a greatest value.
    case integer(IntegerFormat, ClosedRange<Int128>)
    /// A number that may have a fraction, with its limits.
    case number(minimum: Int64?, maximum: Int64?)
    /// An exact decimal number.
    case decimal
    /// `true` or `false`.
    case boolean
    /// Base64.
    case bytes
    /// A moment, RFC 3339.
    case time
    /// Seconds, such as `1.5s`.
    case duration
    /// Paths of fields, joined by commas.
    case fieldMask
    /// A value of an ``APIEnumeration``, by its full name.
    case enumeration(String)
    /// An ``APIObject``, by its full name, without the fields that are named.
    case object(String, without: Set<String> = [])
    /// A list.
    case list(APIType, CountRules)
    /// An object with any names of one kind.
    case map(key: APIType, value: APIType, CountRules)

    /// How many bits an integer has, and whether it has a sign.
    public enum IntegerFormat: String, Sendable, Hashable {
        case int32, int64, uint32, uint64

        /// All integers of the format.
        public var range: ClosedRange<Int128> {
            switch self {
            case .int32: Int128(Int32.min)...Int128(Int32.max)
            case .int64: Int128(Int64.min)...Int128(Int64.max)
            case .uint32: 0...Int128(UInt32.max)
            case .uint64: 0...Int128(UInt64.max)
            }
        }
    }

    /// How long a text may be, and what it looks like.
    public struct TextRules: Sendable, Hashable {
        /// The least bytes of UTF-8.
        public var minimumBytes: Int?
        /// The most bytes of UTF-8.
        public var maximumBytes: Int?
        /// What the whole text matches; empty: anything.
        public var pattern: String

        /// Limits.
        public init(minimumBytes: Int? = nil, maximumBytes: Int? = nil, pattern: String = "") {
            self.minimumBytes = minimumBytes
            self.maximumBytes = maximumBytes
            self.pattern = pattern
        }
    }

    /// How many elements a list or map may have.
    public struct CountRules: Sendable, Hashable {
        /// The fewest.
        public var minimum: Int?
        /// The most.
        public var maximum: Int?

        /// Limits.
        public init(minimum: Int? = nil, maximum: Int? = nil) {
            self.minimum = minimum
            self.maximum = maximum
        }
    }
}

/// A set of names that a value may be.
public struct APIEnumeration: Sendable, Hashable {
    /// One of the names.
    public struct Value: Sendable, Hashable {
        /// The name in JSON.
        public var name: String
        /// What it means; empty: the name says it.
        public var text: String
        /// Whether it is what absence means, so that it is no value where one is required.
        public var isZero: Bool

        /// A value.
        public init(name: String, text: String, isZero: Bool) {
            self.name = name
            self.text = text
            self.isZero = isZero
        }
    }

    /// The full name, such as `inventory.LocationKind`.
    public var name: String
    /// What it says.
    public var text: String
    /// The values in the order of the proto file.
    public var values: [Value]

    /// An enumeration.
    public init(name: String, text: String, values: [Value]) {
        self.name = name
        self.text = text
        self.values = values
    }
}

/// An object of JSON.
public struct APIObject: Sendable, Hashable {
    /// The full name, such as `inventory.Location`.
    public var name: String
    /// What it is; empty: nothing was said.
    public var text: String
    /// The fields in the order of the proto file.
    public var fields: [APIField]

    /// An object.
    public init(name: String, text: String, fields: [APIField]) {
        self.name = name
        self.text = text
        self.fields = fields
    }

    /// The names of the fields of which at most one may be given, by the choice that they belong to, in order.
    func choices(without left: Set<String> = []) -> [(name: String, fields: [String])] {
        var choices: [(name: String, fields: [String])] = []
        for field in self.fields where !left.contains(field.name) {
            guard let choice = field.choice else { continue }
            if let index = choices.firstIndex(where: { $0.name == choice }) {
                choices[index].fields.append(field.name)
            } else {
                choices.append((choice, [field.name]))
            }
        }
        return choices.filter { $0.fields.count > 1 }
    }
}

/// A field of an object, and a parameter as well.
public struct APIField: Sendable, Hashable {
    /// The name in JSON.
    public var name: String
    /// What it is; empty: nothing was said.
    public var text: String
    /// What it may be.
    public var type: APIType
    /// Whether a request without it is refused.
    public var isRequired: Bool
    /// Whether every answer has it, zero or empty as it may be.
    public var isAlwaysAnswered: Bool
    /// The choice of several fields that it belongs to.
    public var choice: String?
    /// A valid value by the proto file; `nil`: it names none.
    public var example: JSONValue?
    /// Whether each element of the list has an outcome of its own, so that its rules refuse it and not the request.
    public var isRows = false
    /// Whether an example of a request has it, though it need not: it says what the request is about.
    public var isTypical: Bool

    /// A field.
    public init(
        name: String, text: String, type: APIType, isRequired: Bool, isAlwaysAnswered: Bool, choice: String? = nil,
        example: JSONValue? = nil, isTypical: Bool = false
    ) {
        self.name = name
        self.text = text
        self.type = type
        self.isRequired = isRequired
        self.isAlwaysAnswered = isAlwaysAnswered
        self.choice = choice
        self.example = example
        self.isTypical = isTypical
    }
}
