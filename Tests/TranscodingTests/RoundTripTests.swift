import Foundation
import ProtobufC
import SampleMessages
import TestSupport
import Testing

@testable import Transcoding

@Suite("A message survives JSON, and Python's protobuf agrees on what the JSON is")
struct RoundTripTests {
    private static let types: [any Message.Type] = [
        Scalars.self, Lists.self, Maps.self, Choices.self, Nesting.self, Keywords.self, Empty.self, Part.self,
        ListPartsRequest.self,
    ]

    /// Whether the wire bytes of both are the same message, as protobuf-c reads them.
    private static func isSame<M: Message>(_: M.Type, _ left: [UInt8], _ right: [UInt8]) throws -> Bool {
        try M(decoding: left) == M(decoding: right)
    }

    @Test("random messages are the same after JSON")
    func survives() throws {
        var random = RandomWire(Sample.schema, seed: testSeed())
        for type in Self.types {
            let message = try #require(Sample.schema.message(type.fullName))
            for _ in 0..<100 {
                let wire = random.message(message.index)
                let json = try Sample.transcoder.json(wire: wire, of: message)
                let again = try Self.unruled.wire(json: json, of: message)
                #expect(try Self.isSame(type, wire, again), "\(String(decoding: json, as: UTF8.self))")
            }
        }
    }

    // What protobuf-c makes of a message that is there several times is not always what others do; Python's word counts.
    @Test("however the fields of a message are scattered, its JSON is the same after being read")
    func scattered() throws {
        var random = RandomWire(Sample.schema, seed: testSeed())
        random.isScattered = true
        for type in Self.types {
            let message = try #require(Sample.schema.message(type.fullName))
            for _ in 0..<100 {
                let json = try Sample.transcoder.json(wire: random.message(message.index), of: message)
                let again = try Self.unruled.wire(json: json, of: message)
                #expect(try Sample.transcoder.json(wire: again, of: message) == json)
            }
        }
    }

    /// The same messages without their rules, which random messages would break.
    private static let unruled: Transcoder = {
        do {
            return Transcoder(try Schema([SampleDescriptors.fileDescriptorSet], ignoresRules: true))
        } catch {
            preconditionFailure("the sample's descriptors do not compile: \(error)")
        }
    }()

    @Test("Python writes the same JSON, and what it writes is read as the same message")
    func python() throws {
        var random = RandomWire(Sample.schema, seed: testSeed())
        var input = [SampleDescriptors.fileDescriptorSet.hexadecimal]
        var messages: [(type: any Message.Type, json: [UInt8])] = []
        for type in Self.types {
            let message = try #require(Sample.schema.message(type.fullName))
            for round in 0..<40 {
                random.isScattered = round % 2 == 1
                let wire = random.message(message.index)
                let json = try Sample.transcoder.json(wire: wire, of: message)
                input.append("\(type.fullName)\t\(wire.hexadecimal)\t\(String(decoding: json, as: UTF8.self))")
                messages.append((type, json))
            }
        }
        let output = try Python.run("Tests/Python/transcode.py", [], input: input)
        #expect(output.count == messages.count)
        for (line, (type, ours)) in zip(output, messages) {
            let parts = line.split(separator: "\t", maxSplits: 1)
            let theirs = Array(try #require(parts.last).utf8)
            #expect(parts.first == "same", "\(type.fullName) \(String(decoding: ours, as: UTF8.self))")
            let message = try #require(Sample.schema.message(type.fullName))
            // The entries of maps may stand in another order, so that it is the messages that are compared.
            let (left, right) = (
                try Self.unruled.wire(json: ours, of: message), try Self.unruled.wire(json: theirs, of: message)
            )
            #expect(try Self.isSame(type, left, right), "\(String(decoding: theirs, as: UTF8.self))")
        }
    }
}
