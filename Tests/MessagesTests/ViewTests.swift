import ProtobufC
import SampleMessages
import TestSupport
import Testing
import WellKnownMessages

@Suite("Views")
struct ViewTests {
    /// Encodes random values, and lends a view of each beside it.
    private func withViews<M: RandomMessage>(
        _: M.Type,
        seed: UInt64,
        _ body: (borrowing View<M>, M) -> Void
    ) throws {
        var source = RandomSource(seed: seed)
        for _ in 0..<100 {
            let value = M.random(&source)
            let bytes = try value.encodedBytes()
            try ArenaMemory.with { arena in
                let view = View<M>(try M.decode(bytes.span.bytes, in: arena), in: arena)
                body(view, value)
            }
        }
    }

    private func bytes(_ span: borrowing RawSpan) -> [UInt8] { span.withUnsafeBytes { [UInt8]($0) } }

    private func elements<Number: BitwiseCopyable>(_ span: borrowing Span<Number>) -> [Number] {
        (0..<span.count).map { span[$0] }
    }

    @Test("single fields are what the value has, and a view's copy is the value")
    func scalars() throws {
        try self.withViews(Scalars.self, seed: testSeed()) { view, value in
            let copy = view.copy()
            #expect(copy == value)
            var read = Scalars(
                doubleValue: view.doubleValue, floatValue: view.floatValue, int32Value: view.int32Value,
                int64Value: view.int64Value, uint32Value: view.uint32Value, uint64Value: view.uint64Value)
            (read.sint32Value, read.sint64Value) = (view.sint32Value, view.sint64Value)
            (read.fixed32Value, read.fixed64Value) = (view.fixed32Value, view.fixed64Value)
            (read.sfixed32Value, read.sfixed64Value) = (view.sfixed32Value, view.sfixed64Value)
            (read.boolValue, read.stringValue) = (view.boolValue, String(copying: view.stringValue))
            read.bytesValue = self.bytes(view.bytesValue)
            (read.modeValue, read.signedValue) = (view.modeValue, view.signedValue)
            #expect(read == value)
        }
    }

    @Test("lists have the elements that the value has")
    func lists() throws {
        try self.withViews(Lists.self, seed: testSeed()) { view, value in
            var read = Lists(
                doubleValues: self.elements(view.doubleValues), floatValues: self.elements(view.floatValues),
                int32Values: self.elements(view.int32Values), int64Values: self.elements(view.int64Values),
                uint32Values: self.elements(view.uint32Values), uint64Values: self.elements(view.uint64Values))
            read.sint32Values = self.elements(view.sint32Values)
            read.sint64Values = self.elements(view.sint64Values)
            read.fixed32Values = self.elements(view.fixed32Values)
            read.fixed64Values = self.elements(view.fixed64Values)
            read.sfixed32Values = self.elements(view.sfixed32Values)
            read.sfixed64Values = self.elements(view.sfixed64Values)
            read.unpackedValues = self.elements(view.unpackedValues)
            for index in 0..<view.boolValues.count { read.boolValues.append(view.boolValues[index]) }
            for index in 0..<view.stringValues.count {
                read.stringValues.append(String(copying: view.stringValues[index]))
            }
            for index in 0..<view.bytesValues.count { read.bytesValues.append(self.bytes(view.bytesValues[index])) }
            for index in 0..<view.modeValues.count { read.modeValues.append(view.modeValues[index]) }
            for index in 0..<view.signedValues.count { read.signedValues.append(view.signedValues[index]) }
            for index in 0..<view.scalarsValues.count { read.scalarsValues.append(view.scalarsValues[index].copy()) }
            #expect(read == value)
        }
    }

    @Test("maps have the entries that the value has")
    func maps() throws {
        try self.withViews(Maps.self, seed: testSeed()) { view, value in
            var (texts, modes, messages): ([Int32: String], [UInt64: Mode], [String: Scalars]) = ([:], [:], [:])
            for index in 0..<view.int32KeysCount {
                texts[view.int32KeysKey(at: index)] = String(copying: view.int32KeysValue(at: index))
            }
            for index in 0..<view.uint64KeysCount {
                modes[view.uint64KeysKey(at: index)] = view.uint64KeysValue(at: index)
            }
            for index in 0..<view.stringKeysCount {
                let key = String(copying: view.stringKeysKey(at: index))
                if let message = view.stringKeysValue(at: index) { messages[key] = message.copy() }
            }
            #expect(texts == value.int32Keys)
            #expect(modes == value.uint64Keys)
            #expect(messages == value.stringKeys)
        }
    }

    @Test("exactly the member of a oneof that is set is there")
    func choices() throws {
        try self.withViews(Choices.self, seed: testSeed()) { view, value in
            var members: [Choices.Choice] = []
            if let text = view.text { members.append(.text(String(copying: text))) }
            if let raw = view.raw { members.append(.raw(self.bytes(raw))) }
            if let number = view.number { members.append(.number(number)) }
            if let flag = view.flag { members.append(.flag(flag)) }
            if let mode = view.mode { members.append(.mode(mode)) }
            if let scalars = view.scalars { members.append(.scalars(scalars.copy())) }
            if let inner = view.inner { members.append(.inner(inner.copy())) }
            if let ratio = view.ratio { members.append(.ratio(ratio)) }
            if let moment = view.at { members.append(.at(moment.copy())) }
            #expect(members == [value.choice].compactMap { $0 })
            var note: String?
            if let text = view.note { note = String(copying: text) }
            #expect(note == value.note)
            let (locationID, isSet, sign) = (view.locationID, view.isSet, view.sign)
            #expect(locationID == value.locationID && isSet == value.isSet && sign == value.sign)
        }
    }

    @Test("a message that is absent is absent")
    func nested() throws {
        try self.withViews(Nesting.self, seed: testSeed()) { view, value in
            var scalars: Scalars?
            if let nested = view.scalars { scalars = nested.copy() }
            #expect(scalars == value.scalars)
            var seconds: Int64?
            if let createdAt = view.createdAt { seconds = createdAt.seconds }
            #expect(seconds == value.createdAt?.seconds)
            let isEmpty = view.empty == nil
            #expect(isEmpty == (value.empty == nil))
        }
    }
}

@Suite("Builders")
struct BuilderTests {
    /// The message that a builder writes.
    private func build<M: Message>(_: M.Type, _ write: (inout Builder<M>) -> Void) throws -> M {
        let bytes = try ArenaMemory.with { arena in
            let begin = arena.mark
            var builder = try Builder<M>(in: arena)
            write(&builder)
            let encoded = try EncodedMessage(builder.storage, since: begin, in: arena)
            return [UInt8](unsafeUninitializedCapacity: encoded.maximumByteCount) { buffer, count in
                count = encoded.pack(into: UnsafeMutableRawBufferPointer(buffer))
            }
        }
        return try M(decoding: bytes)
    }

    @Test("single fields and text are what was set")
    func scalars() throws {
        let message = try self.build(Scalars.self) { builder in
            builder.doubleValue = -0.0
            builder.floatValue = 1.5
            builder.int32Value = -1
            builder.fixed64Value = .max
            builder.boolValue = true
            builder.setStringValue("Zündkerze")
            builder.setBytesValue([0, 255])
            builder.modeValue = .unrecognized(9)
            builder.signedValue = .least
        }
        #expect(message.doubleValue.bitPattern == (-0.0).bitPattern)
        #expect(
            message
                == Scalars(
                    doubleValue: -0.0, floatValue: 1.5, int32Value: -1, fixed64Value: .max, boolValue: true,
                    stringValue: "Zündkerze", bytesValue: [0, 255], modeValue: .unrecognized(9), signedValue: .least))
    }

    @Test("text and bytes may come from a view")
    func fromViews() throws {
        let bytes = try Scalars(stringValue: "火花塞", bytesValue: [1, 2]).encodedBytes()
        let message = try ArenaMemory.with { arena in
            let view = View<Scalars>(try Scalars.decode(bytes.span.bytes, in: arena), in: arena)
            return try self.build(Scalars.self) { builder in
                builder.setStringValue(view.stringValue)
                builder.setBytesValue(view.bytesValue)
            }
        }
        #expect(message == Scalars(stringValue: "火花塞", bytesValue: [1, 2]))
    }

    @Test("lists, maps and nested messages are what was set")
    func nesting() throws {
        let message = try self.build(Nesting.self) { builder in
            builder.withLists { lists in
                lists.setInt32Values([1, 2, 3])
                lists.setBoolValues([true, false])
                lists.setStringValues(["a", "b"])
                lists.setModeValues([.on, .unrecognized(7)])
                lists.setScalarsValues(count: 2) { index, scalars in scalars.int32Value = Int32(index) }
            }
            builder.withMaps { $0.setAttributes(["b": "2", "a": "1"]) }
            builder.setInnermosts([.init(text: "x")])
            builder.setCreatedAt(ProtoTimestamp(seconds: 5))
            // Once more: it goes on with what is there.
            builder.withCreatedAt { $0.nanos = 7 }
        }
        let lists = Lists(
            int32Values: [1, 2, 3], boolValues: [true, false], stringValues: ["a", "b"],
            modeValues: [.on, .unrecognized(7)],
            scalarsValues: [Scalars(), Scalars(int32Value: 1)])
        #expect(
            message
                == Nesting(
                    lists: lists, maps: Maps(attributes: ["a": "1", "b": "2"]), innermosts: [.init(text: "x")],
                    createdAt: ProtoTimestamp(seconds: 5, nanos: 7)))
    }

    @Test("of a oneof's members the one that was set last is there")
    func choices() throws {
        let message = try self.build(Choices.self) { builder in
            builder.setText("not any more")
            builder.withInner { $0.depth = .deep }
            builder.setNote("")
            builder.setIsSet(false)
            builder.withOther { $0.withInnermost { $0.setText("deep") } }
        }
        #expect(
            message
                == Choices(
                    choice: .inner(.init(depth: .deep)), note: "", isSet: false,
                    other: .init(innermost: .init(text: "deep"))))
    }

    @Test("a whole value replaces what was set before")
    func replaces() throws {
        let message = try self.build(Scalars.self) { builder in
            builder.int32Value = 5
            builder.set(Scalars(int64Value: 6))
        }
        #expect(message == Scalars(int64Value: 6))
    }

    @Test("what does not fit fails the message, not the setters")
    func exhausts() throws {
        try ArenaMemory.with(limitBytes: 0) { arena in
            let begin = arena.mark
            var builder = try Builder<Lists>(in: arena)
            builder.setInt64Values(Array(repeating: 1, count: 100_000))
            builder.setScalarsValues(count: 100_000) { _, _ in }
            #expect(throws: EncodingError.tooLarge) {
                try EncodedMessage(builder.storage, since: begin, in: arena).byteCount
            }
        }
    }
}
