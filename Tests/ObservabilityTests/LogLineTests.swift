import Foundation
import Glibc
import Logging
import Testing

@testable import Observability

@Suite("A log line is one JSON object with the names of the Elastic Common Schema")
struct LogLineTests {
    static let handler = ServiceLogHandler(
        label: "a.b", origin: LogOrigin(name: "inventory", version: "1.2.3"), level: .trace)

    static func event(_ message: String, _ level: Logger.Level = .info) -> LogEvent {
        LogEvent(
            level: level, message: "\(message)", metadata: nil, source: "S", file: "f", function: "f", line: 1)
    }

    static func object(_ line: [UInt8]) throws -> [String: String] {
        #expect(line.last == UInt8(ascii: "\n"))
        #expect(line.dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7F })
        return try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: String])
    }

    @Test("The fixed fields, the brand and the trace stand under their names, all else under labels")
    func names() throws {
        let line = Self.handler.jsonLine(
            Self.event("taken", .warning),
            [
                ("trace.id", "t"), ("span.id", "s"), ("organization.id", "brand"), ("error.message", "e"),
                ("sku", "A-1"),
            ],
            Timestamp(secondsSinceEpoch: 0))
        #expect(
            try Self.object(line) == [
                "@timestamp": "1970-01-01T00:00:00.000000Z", "log.level": "warning", "message": "taken",
                "ecs.version": "8.11.0", "service.name": "inventory", "service.version": "1.2.3",
                "log.logger": "a.b", "trace.id": "t", "span.id": "s", "organization.id": "brand",
                "error.message": "e", "labels.sku": "A-1",
            ])
    }

    @Test("Any bytes in message, keys and values come back from a JSON parser as they were", arguments: 0..<50)
    func anyBytes(_ seed: UInt64) throws {
        var generator = Generator(state: seed)
        for _ in 0..<40 {
            let texts = (0..<3).map { _ in Self.randomText(using: &generator) }
            let line = Self.handler.jsonLine(
                Self.event(texts[0]), [("x" + texts[1], texts[2])], Timestamp(secondsSinceEpoch: 0))
            let object = try Self.object(line)
            // By bytes: Swift's == of strings would take different normal forms for the same.
            #expect(object["message"].map { Array($0.utf8) } == Array(texts[0].utf8))
            let label = object.first { Array($0.key.utf8) == Array(("labels.x" + texts[1]).utf8) }
            #expect(label.map { Array($0.value.utf8) } == Array(texts[2].utf8))
        }
    }

    /// Random bytes read as UTF-8, with more control characters, quotes and backslashes than chance gives.
    private static func randomText(using generator: inout Generator) -> String {
        let special = Array("\"\\/\n\r\t\u{0}\u{1F}\u{7F}\u{2028}é😀".utf8)
        let bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
            Bool.random(using: &generator)
                ? special[Int.random(in: 0..<special.count, using: &generator)]
                : UInt8.random(in: 0...255, using: &generator)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("A message and a value are cut at their limits, never inside a character")
    func cut() throws {
        for filler in ["a", "é", "€", "😀"] {
            let long = "x" + String(repeating: filler, count: 10_000)
            let line = Self.handler.jsonLine(
                Self.event(long), [("key", long)], Timestamp(secondsSinceEpoch: 0))
            let object = try Self.object(line)
            let message = try #require(object["message"])
            #expect(message.utf8.count <= ServiceLogHandler.maximumMessageBytes + "…".utf8.count)
            #expect(message.utf8.count > ServiceLogHandler.maximumMessageBytes - 4)
            #expect(message.hasSuffix("…"))
            #expect(long.hasPrefix(message.dropLast()))
            #expect(try #require(object["labels.key"]).utf8.count <= ServiceLogHandler.maximumValueBytes + 3)
        }
    }

    @Test("The time is what Foundation writes, also before 1970 and around leap days", arguments: 0..<20)
    func time(_ seed: UInt64) throws {
        var generator = Generator(state: seed)
        let formatter = Date.ISO8601FormatStyle(includingFractionalSeconds: false)
        let edges: [Int64] = [0, -1, 951_782_399, 951_868_800, 4_107_542_399, -2_203_891_200]
        let random = (0..<200).map { _ in Int64.random(in: -5_000_000_000...250_000_000_000, using: &generator) }
        for seconds in edges + random {
            let text = String(
                decoding: Timestamp(secondsSinceEpoch: seconds, microseconds: 42).text, as: UTF8.self)
            let expected = Date(timeIntervalSince1970: Double(seconds)).formatted(formatter).dropLast()
            #expect(text == expected + ".000042Z")
        }
    }

    @Test("For a person, control characters can neither forge a line nor steer the terminal")
    func textLine() {
        let line = Self.handler.textLine(
            Self.event("a\nb\u{1B}[2J"), [("k", "v\r")], Timestamp(secondsSinceEpoch: 1), isColourful: false)
        let text = String(decoding: line, as: UTF8.self)
        #expect(text == "00:00:01.000 INFO     a\\nb\\u{1B}[2J k=v\\r\n")
    }

    @Test("The call's metadata wins over the logger's, and that over the provider's; the fields are bounded")
    func metadata() throws {
        let pipe = try TestPipe()
        var handler = ServiceLogHandler(
            label: "l", origin: LogOrigin(name: "s", version: "v"), output: LogOutput(descriptor: pipe.writeEnd),
            metadataProvider: Logger.MetadataProvider {
                ["a": "provider", "b": "provider", "c": "provider", "organization.id": "acme"]
            })
        handler[metadataKey: "b"] = "logger"
        handler[metadataKey: "c"] = "logger"
        let logger = Logger(label: "l") { _ in handler }
        logger.info("m", metadata: ["c": "call"])
        let first = try Self.object(pipe.read())
        #expect(first["labels.a"] == "provider" && first["labels.b"] == "logger" && first["labels.c"] == "call")
        #expect(first["organization.id"] == "acme")
        let many = (0..<100).map { (String($0), Logger.Metadata.Value.string("x")) }
        logger.info("m", metadata: Logger.Metadata(uniqueKeysWithValues: many))
        let second = try Self.object(pipe.read())
        #expect(second.keys.filter { $0.hasPrefix("labels.") }.count == ServiceLogHandler.maximumFields)
    }
}
