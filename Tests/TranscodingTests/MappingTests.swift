import ProtobufC
import SampleMessages
import Testing
import WellKnownMessages

@testable import Transcoding

@Suite("Each kind of field has its form in JSON, both ways")
struct MappingTests {
    @Test("a message is written with all fields but those that are absent, in the order of the proto file")
    func defaults() throws {
        #expect(
            try Sample.json(Scalars())
                == #"{"doubleValue":0,"floatValue":0,"int32Value":0,"int64Value":0,"uint32Value":0,"uint64Value":0,"#
                + #""sint32Value":0,"sint64Value":0,"fixed32Value":0,"fixed64Value":0,"sfixed32Value":0,"#
                + #""sfixed64Value":0,"boolValue":false,"stringValue":"","bytesValue":"","modeValue":"unspecified","#
                + #""signedValue":"zero"}"#)
        #expect(try Sample.json(Choices()) == "{}")
        #expect(try Sample.json(Choices(locationID: 0, isSet: false)) == #"{"locationId":0,"isSet":false}"#)
        #expect(
            try Sample.json(Nesting()) == #"{"innermosts":[],"history":[],"durations":{},"empties":[]}"#)
    }

    @Test("64-bit integers are numbers, at their limits too")
    func integers() throws {
        let message = Scalars(int64Value: .min, uint64Value: .max, sint64Value: .max)
        let json = try Sample.json(message)
        #expect(json.contains(#""int64Value":-9223372036854775808"#))
        #expect(json.contains(#""uint64Value":18446744073709551615"#))
        #expect(json.contains(#""sint64Value":9223372036854775807"#))
        #expect(try Sample.message(Scalars.self, json) == message)
    }

    @Test(
        "a whole number may be written in any way that is exact",
        arguments: [("100", 100), ("1e2", 100), ("1.0", 1), ("1200E-2", 12), ("0.12e2", 12), ("-0", 0), ("-7", -7)])
    func wholeNumbers(_ text: String, _ value: Int32) throws {
        #expect(try Sample.message(Scalars.self, "{\"int32Value\":\(text)}").int32Value == value)
    }

    @Test("numbers with a fraction are the nearest that there is")
    func doubles() throws {
        for (text, value) in [
            ("0.1", 0.1), ("1e22", 1e22), ("1e23", 1e23), ("123456789012345678901234567890", 0x1.8ee90ff6c373ep+96),
            ("2.2250738585072014e-308", 2.2250738585072014e-308), ("5e-324", .leastNonzeroMagnitude), ("-0.0", -0.0),
            ("1e0", 1),
            ("9007199254740993", 9_007_199_254_740_992), ("0.30000000000000004", 0.30000000000000004),
        ] as [(String, Double)] {
            let message = try Sample.message(Scalars.self, "{\"doubleValue\":\(text)}")
            #expect(message.doubleValue.bitPattern == value.bitPattern, "\(text)")
        }
        #expect(try Sample.message(Scalars.self, #"{"floatValue":16777217}"#).floatValue == 16_777_216)
        #expect(try Sample.message(Scalars.self, #"{"floatValue":0.1}"#).floatValue == 0.1)
        #expect(
            try Sample.json(Lists(doubleValues: [1e21, 0.1, .leastNonzeroMagnitude, 1e300])).contains(
                "[1e+21,0.1,5e-324,1e+300]"))
        let infinite = Lists(doubleValues: [.infinity, -.infinity])
        #expect(try Sample.json(infinite).contains(#"["Infinity","-Infinity"]"#))
        #expect(try Sample.message(Lists.self, try Sample.json(infinite)) == infinite)
    }

    @Test("text is escaped where it must be, and read with every escape")
    func text() throws {
        let message = Scalars(stringValue: "a\"b\\c\n\u{1}é火🔧\u{7F}/")
        #expect(try Sample.json(message).contains(#""stringValue":"a\"b\\c\n\u0001é火🔧"#))
        #expect(try Sample.message(Scalars.self, try Sample.json(message)) == message)
        let escaped = #"{"stri\u006egValue":"\ud83d\uDD27\u00e9\u706B\/\b\f\n\r\t\"\\"}"#
        #expect(try Sample.message(Scalars.self, escaped).stringValue == "🔧é火/\u{8}\u{C}\n\r\t\"\\")
        for count in [126, 127, 128, 16_383, 16_384, 100_000] {
            let text = String(repeating: "x", count: count)
            #expect(try Sample.message(Scalars.self, "{\"stringValue\":\"\(text)\"}").stringValue == text)
        }
    }

    @Test("bytes are base64, with either alphabet and with or without padding when read")
    func bytes() throws {
        let message = Scalars(bytesValue: [0xFB, 0xFF, 0xFE, 0x01])
        #expect(try Sample.json(message).contains(#""bytesValue":"+//+AQ==""#))
        for text in ["+//+AQ==", "-__-AQ==", "+//+AQ", "-__-AQ"] {
            #expect(try Sample.message(Scalars.self, "{\"bytesValue\":\"\(text)\"}") == message)
        }
    }

    @Test("an enum's value is its lower-case name without the type's; a number without a name stays a number")
    func enums() throws {
        let message = Lists(modeValues: [.off, .mode2Speed, .unrecognized(77)], signedValues: [.minus, .zero])
        let json = try Sample.json(message)
        #expect(json.contains(#""modeValues":["off","2_speed",77],"signedValues":["minus","zero"]"#))
        let read = try Sample.message(Scalars.self, #"{"modeValue":"2_speed","signedValue":"nothing"}"#)
        #expect(read == Scalars(modeValue: .mode2Speed, signedValue: .zero))
    }

    @Test("times are RFC 3339 in UTC, durations are seconds")
    func times() throws {
        let message = Nesting(
            createdAt: ProtoTimestamp(seconds: 1_769_860_800, nanos: 500_000_000),
            duration: ProtoDuration(seconds: -1, nanos: -1_000), history: [ProtoTimestamp(), ProtoTimestamp(nanos: 1)])
        let json = try Sample.json(message)
        #expect(json.contains(#""createdAt":"2026-01-31T12:00:00.500Z","duration":"-1.000001s""#))
        #expect(json.contains(#""history":["1970-01-01T00:00:00Z","1970-01-01T00:00:00.000000001Z"]"#))
        #expect(try Sample.message(Nesting.self, json) == message)
        for (text, seconds) in [
            ("2026-01-31T13:00:00+01:00", 1_769_860_800), ("2026-01-31T11:30:00-00:30", 1_769_860_800),
            ("0001-01-01T00:00:00Z", -62_135_596_800), ("9999-12-31T23:59:59Z", 253_402_300_799),
            ("2000-02-29T00:00:00Z", 951_782_400), ("1969-12-31T23:59:59Z", -1),
        ] {
            let read = try Sample.message(Nesting.self, "{\"createdAt\":\"\(text)\"}")
            #expect(read.createdAt == ProtoTimestamp(seconds: Int64(seconds)), "\(text)")
        }
    }

    @Test("an exact decimal is a plain number, read from a number or from text")
    func decimals() throws {
        for (micros, text) in [
            (0, "0"), (12_500_000, "12.5"), (-1, "-0.000001"), (Int64.max, "9223372036854.775807"),
            (Int64.min, "-9223372036854.775808"), (100_000_000, "100"), (10, "0.00001"),
        ] as [(Int64, String)] {
            let message = Part(name: "x", price: Decimal(micros: micros))
            #expect(try Sample.json(message).contains("\"price\":\(text),"))
            #expect(try Sample.message(Part.self, "{\"name\":\"x\",\"price\":\(text)}") == message)
            #expect(try Sample.message(Part.self, "{\"name\":\"x\",\"price\":\"\(text)\"}") == message)
        }
        #expect(
            try Sample.message(Part.self, #"{"name":"x","price":1.250000000e1}"#).price == Decimal(micros: 12_500_000))
    }

    @Test("a map's keys are text; an entry without a value has the default")
    func maps() throws {
        let message = Maps(int32Keys: [-5: "a"], uint64Keys: [.max: .on], boolKeys: [true: 7])
        let json = try Sample.json(message)
        #expect(json.contains(#""int32Keys":{"-5":"a"}"#))
        #expect(json.contains(#""uint64Keys":{"18446744073709551615":"on"}"#))
        #expect(json.contains(#""boolKeys":{"true":7}"#))
        #expect(try Sample.message(Maps.self, json) == message)
        let type = try Sample.type("Maps")
        // Field 12, string_keys: an entry with neither; field 13, attributes: the key "a" twice.
        let wire: [UInt8] = [0x62, 0, 0x6A, 6, 0x0A, 1, 0x61, 0x12, 1, 0x62, 0x6A, 6, 0x0A, 1, 0x61, 0x12, 1, 0x63]
        let odd = String(decoding: try Sample.transcoder.json(wire: wire, of: type), as: UTF8.self)
        #expect(odd.contains(#""stringKeys":{"":{"doubleValue":0"#))
        #expect(odd.contains(#""attributes":{"a":"c"}"#))
    }

    @Test("null is the same as absent")
    func null() throws {
        let json = #"{"scalars":null,"innermosts":null,"durations":null,"createdAt":null,"empty":null}"#
        #expect(try Sample.message(Nesting.self, json) == Nesting())
        #expect(try Sample.message(Choices.self, #"{"text":null,"number":0,"locationId":null}"#).choice == .number(0))
    }

    @Test("a field mask is its paths in JSON names, joined by commas")
    func fieldMasks() throws {
        let message = Part(name: "x", shown: ProtoFieldMask(paths: ["name", "dimensions.unit_choice"]))
        #expect(try Sample.json(message).contains(#""shown":"name,dimensions.unitChoice""#))
        #expect(try Sample.message(Part.self, try Sample.json(message)) == message)
        #expect(try Sample.message(Part.self, #"{"name":"x","shown":""}"#).shown == ProtoFieldMask())
    }

    @Test("of a oneof and of a single field the last on the wire counts, and a message is what all its parts say")
    func lastCounts() throws {
        let type = try Sample.type("Choices")
        func json(_ messages: Choices...) throws -> String {
            let wire = try messages.flatMap { try $0.encodedBytes() }
            return String(decoding: try Sample.transcoder.json(wire: wire, of: type), as: UTF8.self)
        }
        #expect(try json(Choices(choice: .text("a")), Choices(choice: .number(1))) == #"{"number":1}"#)
        #expect(try json(Choices(locationID: 1), Choices(locationID: 2)) == #"{"locationId":2}"#)
        let (deep, texts) = (Choices.Inner(depth: .deep), Choices.Inner(innermost: .init(text: "x")))
        #expect(
            try json(Choices(other: deep), Choices(other: texts))
                == #"{"other":{"depth":"deep","innermost":{"text":"x","numbers":[]}}}"#)
        // The text in between ends what the first said.
        #expect(
            try json(Choices(choice: .inner(deep)), Choices(choice: .text("a")), Choices(choice: .inner(texts)))
                == #"{"inner":{"depth":"unspecified","innermost":{"text":"x","numbers":[]}}}"#)
    }

    @Test("fields that the schema does not know are left out of the JSON")
    func unknownFields() throws {
        let type = try Sample.type("Empty")
        let wire: [UInt8] = [0x08, 1, 0x12, 2, 0x61, 0x62, 0xFD, 0xFF, 0x03, 1, 2, 3, 4]
        #expect(try Sample.transcoder.json(wire: wire, of: type) == Array("{}".utf8))
    }
}
