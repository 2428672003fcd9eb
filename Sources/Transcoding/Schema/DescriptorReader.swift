/// Reads a serialised `google.protobuf.FileDescriptorSet`; the numbers are those of descriptor.proto and options.proto.
struct DescriptorReader {
    /// How deep messages may be declared within messages.
    static let maximumDepth = 32

    /// One field of a descriptor.
    private enum Value {
        case number(UInt64)
        case part(Range<Int>)
    }

    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func files() throws(WireError) -> [FileDescription] {
        var files: [FileDescription] = []
        try self.forEachField(0..<self.bytes.count) { (number, value) throws(WireError) in
            if case (1, .part(let range)) = (number, value) { files.append(try self.file(range)) }
        }
        return files
    }

    private func forEachField(
        _ range: Range<Int>, _ body: (UInt32, Value) throws(WireError) -> Void
    ) throws(WireError) {
        var reader = WireReader(self.bytes.span.bytes, range)
        while !reader.isAtEnd {
            let (number, type) = try reader.tag()
            switch type {
            case .varint: try body(number, .number(try reader.varint()))
            case .lengthDelimited: try body(number, .part(try reader.lengthDelimited()))
            case .fixed32, .fixed64: try reader.skip(type)
            }
        }
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: self.bytes[range], as: UTF8.self) }

    private func file(_ range: Range<Int>) throws(WireError) -> FileDescription {
        var file = FileDescription()
        try self.forEachField(range) { (number, value) throws(WireError) in
            guard case .part(let part) = value else { return }
            switch number {
            case 1: file.name = self.text(part)
            case 2: file.package = self.text(part)
            case 4: file.messages.append(try self.message(part, depth: 0))
            case 5: file.enums.append(try self.enumeration(part))
            case 6: file.services.append(try self.service(part))
            default: break
            }
        }
        return file
    }

    private func message(_ range: Range<Int>, depth: Int) throws(WireError) -> MessageDescription {
        guard depth < Self.maximumDepth else {
            let reason = "messages are declared more than \(Self.maximumDepth) deep"
            throw WireError(offset: range.lowerBound, reason: reason)
        }
        var message = MessageDescription()
        try self.forEachField(range) { (number, value) throws(WireError) in
            guard case .part(let part) = value else { return }
            switch number {
            case 1: message.name = self.text(part)
            case 2: message.fields.append(try self.field(part))
            case 3: message.messages.append(try self.message(part, depth: depth + 1))
            case 4: message.enums.append(try self.enumeration(part))
            case 7: message.isMapEntry = try self.number(7, in: part) == 1
            case 8: message.oneofNames.append(try self.name(part))
            default: break
            }
        }
        return message
    }

    /// The number that a field of a message holds.
    private func number(_ wanted: UInt32, in range: Range<Int>) throws(WireError) -> UInt64? {
        var result: UInt64?
        try self.forEachField(range) { (number, value) throws(WireError) in
            if number == wanted, case .number(let found) = value { result = found }
        }
        return result
    }

    /// The first field of a message, as text.
    private func name(_ range: Range<Int>) throws(WireError) -> String {
        var name = ""
        try self.forEachField(range) { (number, value) throws(WireError) in
            if case (1, .part(let part)) = (number, value) { name = self.text(part) }
        }
        return name
    }

    private func field(_ range: Range<Int>) throws(WireError) -> FieldDescription {
        var field = FieldDescription()
        try self.forEachField(range) { (number, value) throws(WireError) in
            switch (number, value) {
            case (1, .part(let part)): field.name = self.text(part)
            case (3, .number(let value)): field.number = UInt32(truncatingIfNeeded: value)
            case (4, .number(let value)): field.isRepeated = value == 3
            case (5, .number(let value)): field.type = value
            case (6, .part(let part)): field.typeName = self.typeName(part)
            case (8, .part(let part)): try self.readOptions(part, into: &field)
            case (9, .number(let value)): field.oneofIndex = Int(truncatingIfNeeded: value)
            case (10, .part(let part)): field.jsonName = self.text(part)
            default: break
            }
        }
        return field
    }

    /// A full name without the dot in front.
    private func typeName(_ range: Range<Int>) -> String {
        let name = self.text(range)
        return name.hasPrefix(".") ? String(name.dropFirst()) : name
    }

    private func readOptions(_ range: Range<Int>, into field: inout FieldDescription) throws(WireError) {
        var packed: Bool?
        var rules: RulesDescription?
        try self.forEachField(range) { (number, value) throws(WireError) in
            switch (number, value) {
            case (2, .number(let value)): packed = value != 0
            case (50031, .part(let part)): rules = try self.rules(part)
            default: break
            }
        }
        field.packed = packed
        field.rules = rules
    }

    private func rules(_ range: Range<Int>) throws(WireError) -> RulesDescription {
        var rules = RulesDescription()
        try self.forEachField(range) { (number, value) throws(WireError) in
            switch (number, value) {
            case (1, .number(let value)): rules.isRequired = value != 0
            case (2, .number(let value)): rules.minimum = value.zigzagDecoded
            case (3, .number(let value)): rules.maximum = value.zigzagDecoded
            case (4, .number(let value)): rules.minimumBytes = Int(UInt32(truncatingIfNeeded: value))
            case (5, .number(let value)): rules.maximumBytes = Int(UInt32(truncatingIfNeeded: value))
            case (6, .number(let value)): rules.minimumItems = Int(UInt32(truncatingIfNeeded: value))
            case (7, .number(let value)): rules.maximumItems = Int(UInt32(truncatingIfNeeded: value))
            case (8, .part(let part)): rules.pattern = self.text(part)
            case (10, .number(let value)): rules.isRows = value != 0
            default: break
            }
        }
        return rules
    }

    private func enumeration(_ range: Range<Int>) throws(WireError) -> EnumDescription {
        var enumeration = EnumDescription()
        try self.forEachField(range) { (number, value) throws(WireError) in
            switch (number, value) {
            case (1, .part(let part)): enumeration.name = self.text(part)
            case (2, .part(let part)):
                let number = try self.number(2, in: part) ?? 0
                let name = try self.name(part)
                enumeration.values.append((name, Int32(truncatingIfNeeded: number)))
                enumeration.httpStatuses[name] = try self.httpStatus(part)
            default: break
            }
        }
        return enumeration
    }

    /// The `(driveline.http_status)` of an enum's value.
    private func httpStatus(_ range: Range<Int>) throws(WireError) -> Int? {
        var status: Int?
        try self.forEachField(range) { (number, value) throws(WireError) in
            guard case (3, .part(let options)) = (number, value) else { return }
            status = try self.number(50041, in: options).flatMap { Int(exactly: $0) }
        }
        return status
    }
}

extension DescriptorReader {
    private func service(_ range: Range<Int>) throws(WireError) -> ServiceDescription {
        var service = ServiceDescription()
        try self.forEachField(range) { (number, value) throws(WireError) in
            switch (number, value) {
            case (1, .part(let part)): service.name = self.text(part)
            case (2, .part(let part)): service.methods.append(try self.method(part))
            default: break
            }
        }
        return service
    }

    private func method(_ range: Range<Int>) throws(WireError) -> MethodDescription {
        var method = MethodDescription()
        try self.forEachField(range) { (number, value) throws(WireError) in
            switch (number, value) {
            case (1, .part(let part)): method.name = self.text(part)
            case (2, .part(let part)): method.requestType = self.typeName(part)
            case (3, .part(let part)): method.responseType = self.typeName(part)
            case (4, .part(let part)): try self.readOptions(part, into: &method)
            case (5, .number(let value)): method.isClientStreaming = value != 0
            case (6, .number(let value)): method.isServerStreaming = value != 0
            default: break
            }
        }
        return method
    }

    private func readOptions(_ range: Range<Int>, into method: inout MethodDescription) throws(WireError) {
        var bindings: [BindingDescription] = []
        var sharing: SharingDescription?
        var cache: CacheDescription?
        try self.forEachField(range) { (number, value) throws(WireError) in
            switch (number, value) {
            case (50011, .part(let part)): bindings.append(try self.binding(part))
            case (50023, .part(let part)): sharing = try self.sharing(part)
            case (50025, .part(let part)): cache = try self.cache(part)
            default: break
            }
        }
        method.bindings = bindings
        method.sharing = sharing
        method.cache = cache
    }

    private func binding(_ range: Range<Int>) throws(WireError) -> BindingDescription {
        var binding = BindingDescription()
        try self.forEachField(range) { (number, value) throws(WireError) in
            switch (number, value) {
            case (1, .part(let part)): binding.verb = self.text(part)
            case (2, .part(let part)): binding.path = self.text(part)
            case (3, .part(let part)): binding.body = self.text(part)
            case (4, .part(let part)): binding.query.append(self.text(part))
            case (5, .part(let part)): binding.raw = try self.raw(part)
            case (6, .number(let value)): binding.authentication = value
            case (7, .part(let part)): binding.responseBody = self.text(part)
            case (8, .part(let part)): binding.created = self.text(part)
            default: break
            }
        }
        return binding
    }

    private func raw(_ range: Range<Int>) throws(WireError) -> RawDescription {
        var raw = RawDescription()
        try self.forEachField(range) { (number, value) throws(WireError) in
            switch (number, value) {
            case (1, .part(let part)): raw.consumes.append(self.text(part))
            case (2, .number(let value)): raw.maximumBytes = Int(clamping: value)
            case (3, .part(let part)): raw.headers.append(self.text(part))
            case (4, .part(let part)): raw.answer = self.text(part)
            case (5, .part(let part)): raw.produces = self.text(part)
            default: break
            }
        }
        return raw
    }

    private func sharing(_ range: Range<Int>) throws(WireError) -> SharingDescription {
        var sharing = SharingDescription()
        try self.forEachField(range) { (number, value) throws(WireError) in
            switch (number, value) {
            case (1, .part(let part)): sharing.owner = self.text(part)
            case (2, .part(let part)): sharing.mergedBy = self.text(part)
            default: break
            }
        }
        return sharing
    }

    private func cache(_ range: Range<Int>) throws(WireError) -> CacheDescription {
        var cache = CacheDescription()
        try self.forEachField(range) { (number, value) throws(WireError) in
            switch (number, value) {
            case (1, .number(let value)): cache.maximumAgeSeconds = Int(UInt32(truncatingIfNeeded: value))
            case (2, .number(let value)): cache.sharedAgeSeconds = Int(UInt32(truncatingIfNeeded: value))
            case (3, .part(let part)): cache.keys.append(self.text(part))
            default: break
            }
        }
        return cache
    }
}

extension UInt64 {
    /// The signed number that protobuf writes as this one.
    var zigzagDecoded: Int64 { Int64(bitPattern: self >> 1) ^ -Int64(bitPattern: self & 1) }
}

extension Int64 {
    /// The number that protobuf writes for this one.
    var zigzagEncoded: UInt64 { UInt64(bitPattern: (self << 1) ^ (self >> 63)) }
}
