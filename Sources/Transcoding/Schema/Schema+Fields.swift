extension Schema {
    /// A field of a message, as its JSON has it.
    public struct Field: Sendable, Hashable {
        /// How one value is written in JSON.
        public enum Kind: Sendable, Hashable {
            /// In quotation marks: text, bytes, times, values of enums.
            case text
            case number
            case boolean
            case object
        }

        /// How many values there are.
        public enum Count: Sendable, Hashable {
            case one
            case list
            /// Names and values.
            case map
        }

        /// The name in JSON.
        public let name: String
        /// What it is, or each of its elements or values.
        public let kind: Kind
        /// How many there are.
        public let count: Count
        /// What it holds, or each of its elements, where that is an object.
        public let message: MessageType?
    }

    /// The fields of a message of this schema, in the order of the proto file.
    public func fields(of message: MessageType) -> [Field] {
        self.entry(message).fields.map { index in
            let entry = self.tables.fields[index]
            guard entry.shape != .map else {
                let pair = self.tables.messages[Int(entry.type)]
                let value = self.tables.field(of: pair, number: 2).map { self.tables.fields[$0] }
                return self.field(index, value ?? entry, .map)
            }
            return self.field(index, entry, entry.isRepeated ? .list : .one)
        }
    }

    private func field(_ index: Int, _ value: FieldEntry, _ count: Field.Count) -> Field {
        let kind = self.kind(value)
        let type = Int(value.type)
        let message =
            kind == .object ? MessageType(index: type, fullName: self.tables.messageNames[type]) : nil
        return Field(name: self.tables.name(index), kind: kind, count: count, message: message)
    }

    private func kind(_ entry: FieldEntry) -> Field.Kind {
        switch entry.kind {
        case .text, .bytes, .enumeration: .text
        case .bool: .boolean
        case .message:
            switch self.tables.messages[Int(entry.type)].special {
            case .none: .object
            case .decimal: .number
            case .timestamp, .duration, .fieldMask: .text
            }
        default: .number
        }
    }

    /// The known name that another one is most like, as faults name it; nil where none is much like it.
    ///
    /// Names of more than 64 bytes are like nothing, which bounds the time.
    public static func nearestName(to name: String, among known: [String]) -> String? {
        Naming.nearest(to: name, among: known)
    }
}
