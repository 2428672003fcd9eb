import Foundation
import ProtobufC
import SampleMessages
import TestSupport
import Testing

/// The script that knows the messages by another implementation of protobuf.
private let vectors = "clients/python/message_vectors.py"

/// Lends a file with the descriptors of the sample messages, as they are embedded for reflection.
private func withDescriptors<Result>(_ body: (_ path: String) throws -> Result) throws -> Result {
    let file = FileManager.default.temporaryDirectory.appending(path: "driveline-\(UUID().uuidString).pb")
    try Data(SampleDescriptors.fileDescriptorSet).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try body(file.path)
}

@Suite("Coding of messages")
struct CodingTests {
    /// Random values of a type, and what must hold for each.
    private func survives<M: RandomMessage>(_: M.Type, seed: UInt64) throws -> [[UInt8]] {
        var source = RandomSource(seed: seed)
        return try (0..<300).map { index in
            let value = M.random(&source)
            let bytes = try value.encodedBytes()
            let again = try M(decoding: bytes)
            #expect(again == value, "\(M.fullName) \(index) of seed \(seed)")
            // Equality holds between zeros of both signs; the bytes tell them apart.
            #expect(try again.encodedBytes() == bytes, "\(M.fullName) \(index) of seed \(seed)")
            return bytes
        }
    }

    private func survivesAndAgrees<M: RandomMessage>(_: M.Type, seed: UInt64) throws {
        let encoded = try self.survives(M.self, seed: seed)
        let answers = try withDescriptors { path in
            try Python.run(vectors, ["--check", path, M.fullName], input: encoded.map(\.hexadecimal))
        }
        try #require(answers.count == encoded.count)
        for (index, answer) in answers.enumerated() {
            #expect(answer == "same", "\(M.fullName) \(index) of seed \(seed): \(encoded[index].hexadecimal)")
        }
    }

    private static let types: [any RandomMessage.Type] = [
        Scalars.self, Lists.self, Maps.self, Choices.self, Choices.Inner.self, Choices.Inner.Innermost.self,
        Nesting.self,
        Keywords.self,
    ]

    @Test(
        "random values survive encoding and decoding, and have the bytes that Python gives them",
        arguments: 0..<types.count)
    func roundTrip(_ index: Int) throws {
        try self.survivesAndAgrees(Self.types[index], seed: testSeed())
    }

    private func agrees<M: Message>(_: M.Type, seed: UInt64) throws {
        let lines = try withDescriptors { try Python.run(vectors, [$0, M.fullName, String(seed), "300"]) }
        try #require(lines.count == 300)
        // Two keys of a map that Swift takes for one are the matter of `equivalentKeys`; the vectors have "e" with an accent behind it beside the one character.
        let comparable = lines.filter { !Self.hasTextKeys(M.self) || !$0.contains("65cc81") }
        try #require(comparable.count > 30)
        for line in comparable {
            let bytes = try #require([UInt8](hexadecimal: line))
            #expect(try M(decoding: bytes).encodedBytes() == bytes, "\(M.fullName) of seed \(seed): \(line)")
        }
    }

    private static func hasTextKeys(_ type: any Message.Type) -> Bool { type == Maps.self || type == Nesting.self }

    @Test("what Python encodes is decoded and encoded to the same bytes", arguments: 0..<types.count)
    func pythonVectors(_ index: Int) throws {
        try self.agrees(Self.types[index], seed: testSeed())
    }

    private func merges<M: RandomMessage>(_: M.Type, seed: UInt64) throws {
        var source = RandomSource(seed: seed)
        let pairs = try (0..<200).map { _ in
            try M.random(&source).encodedBytes() + M.random(&source).encodedBytes()
        }
        let answers = try withDescriptors { path in
            try Python.run(vectors, ["--check", path, M.fullName], input: pairs.map(\.hexadecimal))
        }
        try #require(answers.count == pairs.count)
        for (bytes, answer) in zip(pairs, answers) {
            let ours = try M(decoding: bytes).encodedBytes()
            let theirs = answer == "same" ? bytes.hexadecimal : String(answer.dropFirst("differs ".count))
            #expect(ours.hexadecimal == theirs, "\(M.fullName) of seed \(seed): \(bytes.hexadecimal)")
        }
    }

    /// The types without single messages in them: see `repeatedMessages`.
    private static let mergeable: [any RandomMessage.Type] = [
        Scalars.self, Lists.self, Maps.self, Choices.Inner.Innermost.self, Keywords.self,
    ]

    @Test("of two encodings one behind the other the second wins, and lists are joined", arguments: 0..<mergeable.count)
    func concatenation(_ index: Int) throws {
        try self.merges(Self.mergeable[index], seed: testSeed())
    }

    /// Other implementations merge the two. No encoder writes a field that is not a list twice, so that only messages which were joined as bytes are read differently.
    @Test("a single message that comes twice is replaced in a oneof, and refused where it has a oneof that is not set")
    func repeatedMessages() throws {
        let first = try Choices(choice: .inner(.init(depth: .deep))).encodedBytes()
        let second = try Choices(choice: .inner(.init(innermost: .init(text: "a")))).encodedBytes()
        #expect(try Choices(decoding: first + second).choice == .inner(.init(innermost: .init(text: "a"))))
        let empty = try Nesting(choices: Choices()).encodedBytes()
        #expect(throws: DecodingError.malformed) { try Nesting(decoding: empty + empty) }
    }

    /// A trap of Swift's strings, not of protobuf: see `MapKey`.
    @Test("two text keys that differ only in how Unicode composes them are one")
    func equivalentKeys() throws {
        let first = try Maps(attributes: ["\u{e9}": "a"]).encodedBytes()
        let second = try Maps(attributes: ["e\u{301}": "b"]).encodedBytes()
        #expect(try Maps(decoding: first + second).attributes == ["\u{e9}": "b"])
    }

    @Test("a message cut off anywhere is decoded or refused, and a changed bit does no harm")
    func damage() throws {
        let seed = testSeed()
        var source = RandomSource(seed: seed)
        for _ in 0..<40 {
            let bytes = try Nesting.random(&source).encodedBytes()
            for length in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 40)) {
                _ = try? Nesting(decoding: Array(bytes[..<length]))
            }
            for _ in 0..<40 where !bytes.isEmpty {
                var damaged = bytes
                damaged[source.choose(Array(damaged.indices))] ^= 1 << source.choose([0, 1, 2, 3, 4, 5, 6, 7])
                guard let value = try? Nesting(decoding: damaged) else { continue }
                #expect(
                    try Nesting(decoding: value.encodedBytes()).encodedBytes() == value.encodedBytes(), "seed \(seed)")
            }
        }
    }

    @Test("a message that is not well-formed, or above the limit, is refused as what it is")
    func refusals() throws {
        #expect(throws: DecodingError.malformed) { try Scalars(decoding: [0x72, 0x05, 0x61]) }
        let large = try Lists(int32Values: Array(0..<200_000)).encodedBytes()
        ArenaMemory.with(limitBytes: 0) { arena in
            #expect(throws: DecodingError.tooLarge) { try Lists(decoding: large.span.bytes, in: arena) }
            arena.reset()
            #expect(throws: EncodingError.tooLarge) {
                _ = try Lists(int32Values: Array(0..<200_000)).encoded(in: arena).byteCount
            }
        }
    }

    @Test("of map entries with the same key the last one counts, and absent keys and values are zero")
    func mapEntries() throws {
        // Field 1, three times: {5: "a"}, {5: "b"}, {}.
        let bytes: [UInt8] = [0x0A, 5, 0x08, 5, 0x12, 1, 0x61, 0x0A, 5, 0x08, 5, 0x12, 1, 0x62, 0x0A, 0]
        #expect(try Maps(decoding: bytes).int32Keys == [5: "b", 0: ""])
        // Field 12: an entry with a key and no message.
        #expect(try Maps(decoding: [0x62, 3, 0x0A, 1, 0x61]).stringKeys == ["a": Scalars()])
    }

    @Test("text keys are written in the order of their bytes, not in that of Unicode's composed characters")
    func keyOrder() throws {
        // "e" with an accent behind it is behind "f" for Swift, since it composes to one character.
        let bytes = try Maps(attributes: ["f": "", "e\u{301}": ""]).encodedBytes()
        #expect(bytes == [0x6A, 7, 0x0A, 3, 0x65, 0xCC, 0x81, 0x12, 0, 0x6A, 5, 0x0A, 1, 0x66, 0x12, 0])
    }

    @Test("fields that the schema does not know are dropped")
    func unknownFields() throws {
        #expect(try Empty(decoding: [0x08, 1, 0x12, 1, 0x61]).encodedBytes() == [])
    }
}
