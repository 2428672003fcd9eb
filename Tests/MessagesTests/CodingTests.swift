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
        for line in lines {
            let bytes = try #require([UInt8](hexadecimal: line))
            #expect(try M(decoding: bytes).encodedBytes() == bytes, "\(M.fullName) of seed \(seed): \(line)")
        }
    }

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
        for (bytes, answer) in zip(pairs, answers) {
            let ours = try M(decoding: bytes).encodedBytes()
            let theirs = answer == "same" ? bytes.hexadecimal : String(answer.dropFirst("differs ".count))
            #expect(ours.hexadecimal == theirs, "\(M.fullName) of seed \(seed): \(bytes.hexadecimal)")
        }
    }

    @Test("two encodings one behind the other are one message, the second winning", arguments: 0..<types.count)
    func concatenation(_ index: Int) throws {
        try self.merges(Self.types[index], seed: testSeed())
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

    @Test("fields that the schema does not know are dropped")
    func unknownFields() throws {
        #expect(try Empty(decoding: [0x08, 1, 0x12, 1, 0x61]).encodedBytes() == [])
    }
}
