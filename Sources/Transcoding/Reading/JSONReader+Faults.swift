extension JSONReader {
    /// Notes what is wrong with the value that the path leads to.
    ///
    /// - Throws: Where there are as many faults as are reported, so that reading ends.
    mutating func report(_ fault: Fault) throws(JSONError) {
        self.faults.append(
            FieldFault(
                source: .body, pointer: self.pointer, field: self.fieldName, reason: fault.reason,
                expected: fault.expected))
        if self.faults.count >= TranscodingError.maximumFields { throw self.scanner.error("too many fields are wrong") }
    }

    mutating func reportUnknown(_ name: JSONText, _ message: MessageEntry) throws(JSONError) {
        let known = message.fields.map { self.tables.name($0) }
        let given = self.scanner.shown(name)
        let nearest = Naming.nearest(to: given, among: known)
        let expected: String =
            if let nearest { nearest } else { known.isEmpty ? "no field" : "one of " + known.joined(separator: ", ") }
        self.path.append(.key(name))
        let hint = nearest == nil ? "" : "; did you mean \(expected)?"
        try self.report(Fault(reason: "is not known" + hint, expected: expected))
        self.path.removeLast()
    }

    /// Notes each field that is wrong by being absent.
    mutating func reportAbsences(_ message: MessageEntry, _ state: MessageState) throws(JSONError) {
        for field in message.fields {
            let entry = self.tables.fields[field]
            guard entry.absence >= 0, !state.present.contains(field - Int(message.firstField)) else { continue }
            self.path.append(.field(field))
            try self.report(self.tables.absences[Int(entry.absence)])
            self.path.removeLast()
        }
    }

    /// The place in the body's JSON.
    private var pointer: String {
        self.path.dropFirst(self.bodyDepth).map { "/" + Self.escaped(self.name($0)) }.joined()
    }

    private static func escaped(_ name: String) -> String {
        guard name.contains(where: { $0 == "~" || $0 == "/" }) else { return name }
        return name.map { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) }.joined()
    }

    private func name(_ step: PathStep) -> String {
        switch step {
        case .field(let field): self.tables.name(field)
        case .index(let index): "\(index)"
        case .key(let text): self.scanner.shown(text)
        }
    }

    /// The field as RPC names it. The last key may be a name that no field has.
    private var fieldName: String {
        var result = ""
        var previousIsMap = false
        for step in self.path {
            switch step {
            case .field(let field):
                result += (result.isEmpty ? "" : ".") + self.tables.name(field)
                previousIsMap = self.tables.fields[field].shape == .map
                continue
            case .index(let index):
                result += "[\(index)]"
            case .key(let text) where previousIsMap:
                result += "[\(self.scanner.shown(text))]"
            case .key(let text):
                result += (result.isEmpty ? "" : ".") + self.scanner.shown(text)
            }
            previousIsMap = false
        }
        return result
    }

    mutating func addToMask() {
        guard self.mask != nil, self.collectionDepth == 0 else { return }
        let names = self.path.dropFirst(self.bodyDepth).compactMap { step -> String? in
            if case .field(let field) = step { self.tables.protoNames[field] } else { nil }
        }
        self.mask?.append(Array(names.joined(separator: ".").utf8))
    }
}
