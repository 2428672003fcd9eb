internal import ProtobufC

extension JSONWriter {
    mutating func list(
        _ entry: FieldEntry, _ first: Int, _ last: Int, _ range: Range<Int>, _ count: Int
    ) throws(WireError) {
        self.output.append(UInt8(ascii: "["))
        if count > 0 {
            var reader = WireReader(self.wire, first..<range.upperBound)
            var isFirst = true
            while reader.position <= last, !reader.isAtEnd {
                let (number, type) = try reader.tag()
                guard number == entry.number, Self.fits(type, entry) else {
                    try reader.skip(type)
                    continue
                }
                if type == entry.kind.wireType {
                    try self.element(entry, &reader, &isFirst)
                } else {
                    let part = try reader.lengthDelimited()
                    var packed = WireReader(self.wire, part)
                    while !packed.isAtEnd { try self.element(entry, &packed, &isFirst) }
                }
            }
        }
        self.output.append(UInt8(ascii: "]"))
    }

    private mutating func element(
        _ entry: FieldEntry, _ reader: inout WireReader, _ isFirst: inout Bool
    ) throws(WireError) {
        if !isFirst { self.output.append(UInt8(ascii: ",")) }
        isFirst = false
        try self.value(entry, &reader)
        try self.checkRoom()
    }

    mutating func map(
        _ entry: FieldEntry, _ first: Int, _ last: Int, _ range: Range<Int>, _ count: Int
    ) throws(WireError) {
        self.output.append(UInt8(ascii: "{"))
        if count > 0 { try self.entries(entry, first, last, range) }
        self.output.append(UInt8(ascii: "}"))
    }

    private mutating func entries(
        _ map: FieldEntry, _ first: Int, _ last: Int, _ range: Range<Int>
    ) throws(WireError) {
        let message = self.tables.messages[Int(map.type)]
        guard let keyField = self.tables.field(of: message, number: 1),
            let valueField = self.tables.field(of: message, number: 2)
        else { throw WireError(offset: first, reason: "the schema's map has no keys") }
        let (key, value) = (self.tables.fields[keyField], self.tables.fields[valueField])
        let entries = try self.distinctEntries(map, key, first, last, range)
        var isFirst = true
        for entry in entries {
            if !isFirst { self.output.append(UInt8(ascii: ",")) }
            isFirst = false
            try self.key(entry.key, key)
            self.output.append(UInt8(ascii: ":"))
            let slot = try self.slot(value, in: entry.range)
            if slot.count == 0, value.kind == .message {
                let end = entry.range.upperBound
                try self.message(self.tables.messages[Int(value.type)], end..<end)
            } else {
                try self.single(value, slot.first, slot.last, entry.range, slot.count)
            }
            try self.checkRoom()
        }
    }

    private func key(_ start: Int?, _ key: FieldEntry) throws(WireError) {
        guard let start else {
            self.output.append(key.kind == .text ? "\"\"" : key.kind == .bool ? "\"false\"" : "\"0\"" as StaticString)
            return
        }
        var reader = WireReader(self.wire, start..<self.wire.byteCount)
        switch key.kind.wireType {
        case .lengthDelimited:
            try self.text(try reader.lengthDelimited())
        case .varint: self.quoted(try reader.varint(), key)
        case .fixed64: self.quoted(try reader.fixed64(), key)
        case .fixed32: self.quoted(UInt64(try reader.fixed32()), key)
        }
    }

    private func quoted(_ bits: UInt64, _ key: FieldEntry) {
        self.output.append(UInt8(ascii: "\""))
        self.number(bits, key)
        self.output.append(UInt8(ascii: "\""))
    }

    /// Where one field of a message is.
    private func slot(_ entry: FieldEntry, in range: Range<Int>) throws(WireError) -> Slot {
        var reader = WireReader(self.wire, range)
        var slot = Slot()
        while !reader.isAtEnd {
            let start = reader.position
            let (number, type) = try reader.tag()
            try reader.skip(type)
            guard number == entry.number, type == entry.kind.wireType else { continue }
            if slot.count == 0 { slot.first = start }
            slot.last = start
            slot.count += 1
        }
        return slot
    }

    /// Where the key of a map's entry begins, behind its tag; `nil` where it has none.
    private func keyStart(_ key: FieldEntry, in range: Range<Int>) throws(WireError) -> Int? {
        let slot = try self.slot(key, in: range)
        guard slot.count > 0 else { return nil }
        var reader = WireReader(self.wire, slot.last..<range.upperBound)
        _ = try reader.tag()
        return reader.position
    }

    /// The entries of a map; of those with the same key the last.
    private func distinctEntries(
        _ map: FieldEntry, _ key: FieldEntry, _ first: Int, _ last: Int, _ range: Range<Int>
    ) throws(WireError) -> [(range: Range<Int>, key: Int?)] {
        var entries: [(range: Range<Int>, key: Int?)] = []
        var places: [[UInt8]: Int] = [:]
        var reader = WireReader(self.wire, first..<range.upperBound)
        while reader.position <= last, !reader.isAtEnd {
            let (number, type) = try reader.tag()
            guard number == map.number, type == .lengthDelimited else {
                try reader.skip(type)
                continue
            }
            let entry = try reader.lengthDelimited()
            let start = try self.keyStart(key, in: entry)
            let bytes = try self.keyBytes(start, key)
            if let place = places[bytes] {
                entries[place] = (entry, start)
            } else {
                places[bytes] = entries.count
                entries.append((entry, start))
            }
        }
        return entries
    }

    private func keyBytes(_ start: Int?, _ key: FieldEntry) throws(WireError) -> [UInt8] {
        guard let start else { return key.kind == .text ? [] : [0] }
        var reader = WireReader(self.wire, start..<self.wire.byteCount)
        guard key.kind.wireType != .lengthDelimited else {
            return self.wire.extracting(try reader.lengthDelimited()).array
        }
        let output = OutputBytes()
        var writer = JSONWriter(self.wire, self.schema, output, maximumCount: 64)
        try writer.value(key, &reader)
        return output.array == [UInt8(ascii: "0")] || output.array == Array("false".utf8) ? [0] : output.array
    }
}
