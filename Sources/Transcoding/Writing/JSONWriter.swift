internal import ProtobufC

/// Writes the JSON of a message straight from its wire bytes.
///
/// The fields of a message may stand on the wire in any order, repeated ones scattered, single ones more than once. So
/// each message is gone through once to note where its fields are, and then written field by field in the order of the
/// proto file. What it holds is stepped over the first time: the work grows with the depth of the schema, not more.
struct JSONWriter: ~Copyable, ~Escapable {
    /// Where a field is on the wire.
    struct Slot {
        /// The first occurrence's tag.
        var first = 0
        /// The last occurrence's tag.
        var last = 0
        var count = 0
    }

    let schema: Schema
    let output: OutputBytes
    let wire: RawSpan
    /// The output must not become longer than this.
    private let maximumCount: Int
    /// The slots of the messages that are being written, the innermost last.
    private var slots: [Slot] = []
    private var depth: Int

    @_lifetime(copy wire)
    init(_ wire: RawSpan, _ schema: Schema, _ output: OutputBytes, maximumCount: Int, depth: Int = 0) {
        self.wire = wire
        self.schema = schema
        self.output = output
        self.maximumCount = maximumCount
        self.depth = depth
        self.slots.reserveCapacity(64)
    }

    var tables: Tables { self.schema.tables }

    func checkRoom() throws(WireError) {
        guard self.output.count <= self.maximumCount else { throw .tooLarge }
    }

    /// Writes a message as what its type asks for.
    mutating func message(_ message: MessageEntry, _ range: Range<Int>) throws(WireError) {
        guard message.special == .none else { return try self.special(message, range) }
        guard self.depth < TranscodingLimits.maximumDepth else {
            throw WireError(
                offset: range.lowerBound, reason: "messages are nested more than \(TranscodingLimits.maximumDepth) deep"
            )
        }
        self.depth += 1
        let base = self.slots.count
        for _ in 0..<Int(message.fieldCount) { self.slots.append(Slot()) }
        try self.find(message, range, base)
        self.output.append(UInt8(ascii: "{"))
        var isFirst = true
        for place in 0..<Int(message.fieldCount) {
            try self.field(Int(message.firstField) &+ place, message, range, base, base &+ place, &isFirst)
        }
        self.output.append(UInt8(ascii: "}"))
        self.slots.removeLast(Int(message.fieldCount))
        self.depth -= 1
        try self.checkRoom()
    }

    /// Notes where each field is. What the schema does not know, or knows in another form, is left out.
    private mutating func find(_ message: MessageEntry, _ range: Range<Int>, _ base: Int) throws(WireError) {
        var reader = WireReader(self.wire, range)
        while !reader.isAtEnd {
            let start = reader.position
            let (number, type) = try reader.tag()
            try reader.skip(type)
            guard let field = self.tables.field(of: message, number: number),
                Self.fits(type, self.tables.fields[field])
            else { continue }
            let slot = base &+ field &- Int(message.firstField)
            if self.slots[slot].count == 0 { self.slots[slot].first = start }
            self.slots[slot].last = start
            self.slots[slot].count &+= 1
        }
    }

    /// Whether a value's form is that of the field; numbers in a list may stand alone or packed.
    static func fits(_ type: WireType, _ entry: FieldEntry) -> Bool {
        let own = entry.kind.wireType
        return type == own || (entry.isRepeated && type == .lengthDelimited && own != .lengthDelimited)
    }

    private mutating func field(
        _ field: Int, _ message: MessageEntry, _ range: Range<Int>, _ base: Int, _ slot: Int, _ isFirst: inout Bool
    ) throws(WireError) {
        let entry = self.tables.fields[field]
        let found = self.slots[slot]
        // Only what can be absent is left out where it is.
        if found.count == 0, entry.shape == .member || (entry.shape == .single && entry.kind == .message) { return }
        var from = found.first
        if entry.oneof >= 0 {
            // The member that came last is the one that is set; what it held before another came is forgotten.
            let other = self.lastOther(entry, field, message, base)
            guard other < found.last else { return }
            while from < other { from = try self.next(entry, after: from, range) }
        }
        self.name(entry, &isFirst)
        switch entry.shape {
        case .single, .member: try self.single(entry, from, found.last, range, found.count)
        case .list, .packedList: try self.list(entry, found.first, found.last, range, found.count)
        case .map: try self.map(entry, found.first, found.last, range, found.count)
        }
    }

    /// Where the last of the oneof's other members is; -1: none of them is there.
    private func lastOther(_ entry: FieldEntry, _ field: Int, _ message: MessageEntry, _ base: Int) -> Int {
        var last = -1
        for other in message.fields where other != field && self.tables.fields[other].oneof == entry.oneof {
            let slot = self.slots[base &+ other &- Int(message.firstField)]
            if slot.count > 0 { last = max(last, slot.last) }
        }
        return last
    }

    /// The next occurrence of a field, which must be there.
    private func next(_ entry: FieldEntry, after tag: Int, _ range: Range<Int>) throws(WireError) -> Int {
        var reader = WireReader(self.wire, tag..<range.upperBound)
        try reader.skip(try reader.tag().type)
        while !reader.isAtEnd {
            let start = reader.position
            let (number, type) = try reader.tag()
            if number == entry.number, Self.fits(type, entry) { return start }
            try reader.skip(type)
        }
        return range.upperBound
    }

    @inline(__always)
    private func name(_ entry: FieldEntry, _ isFirst: inout Bool) {
        if !isFirst { self.output.append(UInt8(ascii: ",")) }
        isFirst = false
        let start = Int(entry.nameStart)
        self.output.append(self.tables.names.span.bytes.extracting(start..<start &+ Int(entry.nameCount) &+ 3))
    }

    mutating func single(
        _ entry: FieldEntry, _ first: Int, _ last: Int, _ range: Range<Int>, _ count: Int
    ) throws(WireError) {
        guard count > 0 else { return self.zero(entry) }
        guard entry.kind == .message, first != last else {
            var reader = WireReader(self.wire, last..<range.upperBound)
            _ = try reader.tag()
            return try self.value(entry, &reader)
        }
        // A message that is there several times is what all of them say, the last counting most.
        var merged: [UInt8] = []
        var tag = first
        while true {
            var reader = WireReader(self.wire, tag..<range.upperBound)
            _ = try reader.tag()
            merged += self.wire.extracting(try reader.lengthDelimited()).array
            guard tag < last else { break }
            tag = try self.next(entry, after: tag, range)
        }
        var writer = JSONWriter(
            merged.span.bytes, self.schema, self.output, maximumCount: self.maximumCount, depth: self.depth)
        try writer.message(self.tables.messages[Int(entry.type)], 0..<merged.count)
    }

    /// What stands for a value that is not on the wire.
    func zero(_ entry: FieldEntry) {
        switch entry.kind {
        case .bool: self.output.append("false" as StaticString)
        case .text, .bytes: self.output.append("\"\"" as StaticString)
        case .enumeration: self.enumeration(0, entry)
        case .message: self.output.append("{}" as StaticString)
        default: self.output.append(UInt8(ascii: "0"))
        }
    }

    /// Writes one value, which the reader is in front of.
    mutating func value(_ entry: FieldEntry, _ reader: inout WireReader) throws(WireError) {
        switch entry.kind.wireType {
        case .lengthDelimited:
            let range = try reader.lengthDelimited()
            switch entry.kind {
            case .text: try self.text(range)
            case .bytes:
                self.output.append(UInt8(ascii: "\""))
                Base64.append(self.wire.extracting(range), to: self.output)
                self.output.append(UInt8(ascii: "\""))
            default: try self.message(self.tables.messages[Int(entry.type)], range)
            }
        case .varint: self.number(try reader.varint(), entry)
        case .fixed64: self.number(try reader.fixed64(), entry)
        case .fixed32: self.number(UInt64(try reader.fixed32()), entry)
        }
    }

    func number(_ bits: UInt64, _ entry: FieldEntry) {
        switch entry.kind {
        case .double: self.output.append(double: Double(bitPattern: bits))
        case .float: self.output.append(float: Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case .int64, .sfixed64: self.output.append(signed: Int64(bitPattern: bits))
        case .int32, .sfixed32: self.output.append(signed: Int64(Int32(truncatingIfNeeded: bits)))
        case .sint64: self.output.append(signed: bits.zigzagDecoded)
        case .sint32: self.output.append(signed: Int64(Int32(truncatingIfNeeded: (bits & 0xFFFF_FFFF).zigzagDecoded)))
        case .uint32, .fixed32: self.output.append(decimal: bits & 0xFFFF_FFFF)
        case .bool: self.output.append(bits != 0 ? "true" : "false" as StaticString)
        case .enumeration: self.enumeration(Int32(truncatingIfNeeded: bits), entry)
        default: self.output.append(decimal: bits)
        }
    }

    /// Writes an enum's value by name; by number where the schema has no name for it.
    private func enumeration(_ number: Int32, _ entry: FieldEntry) {
        for index in self.tables.enums[Int(entry.type)].values {
            let value = self.tables.enumValues[index]
            guard value.number == number else { continue }
            let start = Int(value.nameStart)
            self.output.append(UInt8(ascii: "\""))
            self.output.append(self.tables.names.span.bytes.extracting(start..<start &+ Int(value.nameCount)))
            self.output.append(UInt8(ascii: "\""))
            return
        }
        self.output.append(signed: Int64(number))
    }

    func text(_ range: Range<Int>) throws(WireError) {
        guard appendJSON(text: self.wire.extracting(range), to: self.output) else {
            throw WireError(offset: range.lowerBound, reason: "text is not UTF-8")
        }
    }
}
