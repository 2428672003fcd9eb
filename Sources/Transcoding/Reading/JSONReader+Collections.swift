internal import ProtobufC

extension JSONReader {
    mutating func list(_ kind: JSONKind, _ entry: FieldEntry) throws(JSONError) -> Bool {
        guard kind == .list else {
            try self.scanner.skip()
            return try self.settle(
                .refused(
                    Fault(reason: kind.words, expected: "a list of values, each " + self.writer.expectation(entry))))
        }
        self.collectionDepth += 1
        defer { self.collectionDepth -= 1 }
        guard try self.scanner.open(UInt8(ascii: "]")) else { return false }
        let output = self.writer.output
        var begin = 0
        if entry.shape == .packedList {
            output.append(varint: UInt64(entry.tag))
            begin = output.beginLengthDelimited()
        }
        let checksRules = self.writer.checksRules
        if entry.rules >= 0, self.tables.rules[Int(entry.rules)].isRows { self.writer.checksRules = false }
        let count = try self.elements(entry)
        self.writer.checksRules = checksRules
        if entry.shape == .packedList { output.endLengthDelimited(begin) }
        try self.checkCount(count, entry)
        return true
    }

    /// - Returns: How many there are.
    private mutating func elements(_ entry: FieldEntry) throws(JSONError) -> Int {
        let place = ValuePlace(element: entry)
        var count = 0
        repeat {
            self.path.append(.index(count))
            _ = try self.settle(try self.one(try self.scanner.kind(), entry, place))
            self.path.removeLast()
            count += 1
        } while try self.scanner.another(UInt8(ascii: "]"))
        return count
    }

    private mutating func checkCount(_ count: Int, _ entry: FieldEntry) throws(JSONError) {
        guard self.writer.checks(entry), let fault = Faults.count(count, self.tables.rules[Int(entry.rules)]) else {
            return
        }
        try self.report(fault)
    }

    mutating func map(_ kind: JSONKind, _ entry: FieldEntry) throws(JSONError) -> Bool {
        guard kind == .object else {
            try self.scanner.skip()
            return try self.settle(.refused(Fault(reason: kind.words, expected: "an object of names and values")))
        }
        self.collectionDepth += 1
        defer { self.collectionDepth -= 1 }
        let message = self.tables.messages[Int(entry.type)]
        guard let key = self.tables.field(of: message, number: 1), let value = self.tables.field(of: message, number: 2)
        else { throw self.scanner.error("the schema's map has no keys") }
        guard try self.scanner.open(UInt8(ascii: "}")) else { return false }
        var keys = MapKeys()
        repeat {
            guard self.scanner.next() == UInt8(ascii: "\"") else { throw self.scanner.unexpected("a name in quotes") }
            let name = try self.scanner.text()
            try self.scanner.take(UInt8(ascii: ":"), "a colon")
            self.path.append(.key(name))
            try self.entry(name, entry, self.tables.fields[key], self.tables.fields[value], &keys)
            self.path.removeLast()
        } while try self.scanner.another(UInt8(ascii: "}"))
        try self.checkCount(keys.count, entry)
        return true
    }

    private mutating func entry(
        _ name: JSONText, _ map: FieldEntry, _ key: FieldEntry, _ value: FieldEntry, _ keys: inout MapKeys
    ) throws(JSONError) {
        let output = self.writer.output
        let begin = self.writer.beginContent(ValuePlace(element: map))
        let outcome = self.key(name, key)
        let keyCount = output.count - begin
        if case .refused(let fault) = outcome {
            try self.report(fault)
            return try self.scanner.skip()
        }
        _ = try self.settle(try self.one(try self.scanner.kind(), value, ValuePlace(element: value)))
        let contentCount = output.count - begin
        output.endLengthDelimited(begin)
        let start = output.count - contentCount
        guard keys.insert(start..<start + keyCount, in: output) else {
            return try self.report(Fault(reason: "is given twice", expected: "one value for each key"))
        }
    }

    /// A key, which is text in JSON whatever it is on the wire.
    private func key(_ name: JSONText, _ entry: FieldEntry) -> Outcome {
        let place = ValuePlace(element: entry)
        if entry.kind == .text { return self.text(name, entry, place) }
        guard !name.hasEscapes else {
            return .refused(Fault(reason: "is no key of this map", expected: self.writer.expectation(entry)))
        }
        return self.writer.write(parameter: self.scanner.bytes.extracting(name.range), entry, place)
    }
}
