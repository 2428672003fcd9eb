import SampleMessages
import Testing

@testable import Transcoding

@Suite("What is wrong with a field is said with its place, the reason, and what would be valid")
struct FaultTests {
    @Test("a value of another type is named")
    func types() throws {
        let faults = try Sample.faults(
            "Scalars",
            #"{"int32Value":"5","uint64Value":true,"boolValue":"true","stringValue":7,"bytesValue":[],"modeValue":1,"#
                + #""doubleValue":"x","signedValue":{}}"#)
        #expect(
            faults == [
                self.body("int32Value", "is text", "a whole number from -2147483648 to 2147483647"),
                self.body("uint64Value", "is true or false", "a whole number from 0 to 18446744073709551615"),
                self.body("boolValue", "is text", "true or false"),
                self.body("stringValue", "is a number", "text"),
                self.body("bytesValue", "is a list", "bytes in base64"),
                self.body("modeValue", "is a number", "one of unspecified, on, off, 2_speed, default"),
                self.body("doubleValue", "is text", "a number"),
                self.body("signedValue", "is an object", "one of zero, minus, nothing, greatest, least"),
            ])
        #expect(
            try Sample.faults("Nesting", #"{"scalars":[],"innermosts":{},"durations":[],"createdAt":5}"#).map(
                \.expected)
                == [
                    "an object", "a list of values, each an object", "an object of names and values",
                    "a time as RFC 3339 has it, for example 2026-01-31T12:00:00Z",
                ])
    }

    private func body(_ name: String, _ reason: String, _ expected: String) -> FieldFault {
        FieldFault(source: .body, pointer: "/" + name, field: name, reason: reason, expected: expected)
    }

    @Test(
        "numbers beyond their range or precision are refused",
        arguments: [
            ("int32Value", "2147483648", "is beyond the range"), ("int32Value", "-2147483649", "is beyond the range"),
            ("int32Value", "1.5", "is not a whole number"), ("int32Value", "1e-1", "is not a whole number"),
            ("int64Value", "9223372036854775808", "is beyond the range"),
            ("int64Value", "-9223372036854775809", "is beyond the range"),
            ("int64Value", "1e400", "is beyond the range"), ("int64Value", "1e99999999999", "is beyond the range"),
            ("int64Value", "100000000000000000000000000000000000000001", "is beyond the range"),
            ("uint32Value", "-1", "is beyond the range"),
            ("uint64Value", "18446744073709551616", "is beyond the range"),
            ("uint64Value", "-1", "is beyond the range"), ("fixed32Value", "4294967296", "is beyond the range"),
            ("doubleValue", "1e400", "is beyond the range of the number"),
            ("doubleValue", "1e-400", "is beyond the range of the number"),
            ("floatValue", "1e39", "is beyond the range of the number"),
        ])
    func numbers(_ name: String, _ text: String, _ reason: String) throws {
        let faults = try Sample.faults("Scalars", "{\"\(name)\":\(text)}")
        #expect(faults.map(\.reason) == [reason])
        #expect(faults.map(\.pointer) == ["/" + name])
    }

    @Test(
        "a decimal of more than six decimals, or beyond its range, is refused",
        arguments: [
            "0.0000001", "9223372036854.775808", "\"x\"", "\"\"", "\"1 \"", "\"0x1\"", "true", "1e30", "\"1e\"",
        ])
    func decimals(_ text: String) throws {
        let faults = try Sample.faults("Part", "{\"name\":\"x\",\"price\":\(text)}")
        #expect(faults.map(\.expected) == ["a decimal number with at most six decimals, for example 12.5"])
    }

    @Test(
        "times and durations that do not exist are refused",
        arguments: [
            ("createdAt", "2026-02-29T00:00:00Z"), ("createdAt", "2026-13-01T00:00:00Z"),
            ("createdAt", "2026-01-31T24:00:00Z"), ("createdAt", "2026-01-31T12:00:60Z"),
            ("createdAt", "2026-01-31 12:00:00Z"), ("createdAt", "2026-01-31T12:00:00"),
            ("createdAt", "2026-01-31T12:00:00.Z"), ("createdAt", "2026-01-31T12:00:00.1234567891Z"),
            ("createdAt", "2026-01-31T12:00:00+0100"), ("createdAt", "0000-01-01T00:00:00Z"),
            ("createdAt", "0001-01-01T00:00:00+00:01"), ("createdAt", "9999-12-31T23:59:59-00:01"), ("createdAt", ""),
            ("createdAt", "1900-02-29T00:00:00Z"), ("duration", "1"), ("duration", "s"), ("duration", "1.s"),
            ("duration", "315576000001s"), ("duration", "1e3s"), ("duration", "--1s"),
            ("duration", "99999999999999999999s"),
            ("duration", "1.1234567891s"),
        ])
    func times(_ name: String, _ text: String) throws {
        #expect(try Sample.faults("Nesting", "{\"\(name)\":\"\(text)\"}").map(\.reason) == ["is not valid"])
    }

    @Test(
        "text that is not base64 is refused",
        arguments: ["A", "AA=", "AA===", "A A=", "AB==", "AAF=", "=", "A*==", "AA==AA=="])
    func base64(_ text: String) throws {
        #expect(try Sample.faults("Scalars", "{\"bytesValue\":\"\(text)\"}").map(\.reason) == ["is not base64"])
    }

    @Test("an unknown name is answered with the nearest known one")
    func unknownNames() throws {
        let fault = try #require(try Sample.faults("Scalars", #"{"strngValue":{"a":[1,{"b":null}]}}"#).first)
        #expect(fault.reason == "is not known; did you mean stringValue?")
        #expect(fault.pointer == "/strngValue")
        #expect(try Sample.faults("Scalars", #"{"int32_value":1}"#).first?.expected == "int32Value")
        #expect(
            try Sample.faults("Empty", #"{"a~b/c":1}"#) == [
                FieldFault(
                    source: .body, pointer: "/a~0b~1c", field: "a~b/c", reason: "is not known", expected: "no field")
            ])
        #expect(try Sample.faults("Choices.Inner", #"{"zzz":1}"#).first?.expected == "one of depth, innermost")
        #expect(
            try Sample.faults("Scalars", #"{"modeValue":"onn"}"#).first?.reason
                == "is none of its values; did you mean on?")
    }

    @Test("a name that is given twice is refused, in messages and in maps")
    func duplicates() throws {
        #expect(
            try Sample.faults("Scalars", #"{"boolValue":true,"bool\u0056alue":true}"#).map(\.reason) == [
                "is given twice"
            ])
        #expect(
            try Sample.faults("Scalars", #"{"boolValue":null,"boolValue":null}"#).map(\.reason) == ["is given twice"])
        let twice = try Sample.faults("Maps", #"{"attributes":{"a":"1","b":"2","\u0061":"3"}}"#)
        #expect(twice.map(\.reason) == ["is given twice"])
        #expect(twice.map(\.pointer) == ["/attributes/a"])
        #expect(try Sample.faults("Maps", #"{"int32Keys":{"1":"","1.0":""}}"#).map(\.field) == ["int32Keys[1.0]"])
        // Beyond sixteen keys they are no longer compared one by one.
        let many = (0..<40).map { "\"k\($0 % 39)\":\"\"" }.joined(separator: ",")
        #expect(try Sample.faults("Maps", "{\"attributes\":{\(many)}}").map(\.pointer) == ["/attributes/k0"])
    }

    @Test("two members of a oneof are refused")
    func choices() throws {
        let fault = try #require(try Sample.faults("Choices", #"{"text":"a","note":"n","number":1}"#).first)
        #expect(fault.pointer == "/number")
        #expect(fault.reason == "is given beside another choice")
        #expect(fault.expected == "only one of text, raw, number, flag, mode, scalars, inner, ratio, at")
    }

    @Test("the field rules are checked, in the words of the generated checks")
    func rules() throws {
        let valid =
            #""requiredText":"a","requiredBytes":"AA==","requiredMessage":{},"requiredList":[1],"requiredEnum":"on","#
            + #""requiredMap":{"a":1},"requiredNumber":0,"rangedUnsigned":1,"sizedText":"ab","sizedList":["a"],"#
            + #""sku":"AB-1""#
        _ = try Sample.message(Ruled.self, "{\(valid)}")
        let faults = try Sample.faults("Ruled", "{}")
        #expect(
            faults.map { "\($0.field) \($0.reason) (\($0.expected))" } == [
                "requiredText is missing (a value)", "requiredBytes is missing (a value)",
                "requiredMessage is missing (a value)", "requiredList is missing (a value)",
                "requiredEnum is missing (a value)", "requiredMap is missing (a value)",
                "requiredNumber is missing (a value)", "rangedUnsigned is 0 (at least 1)",
                "sizedText is 0 bytes long (at least 2 bytes)", "sizedList has 0 elements (at least 1)",
                "sku does not match (text that matches [A-Z]{2,3}-[0-9]+)",
            ])
        let empty =
            #"{"requiredText":"","requiredBytes":"","requiredMessage":{},"requiredList":[],"requiredEnum":"unspecified","#
            + #""requiredMap":{},"requiredNumber":null,"rangedUnsigned":0,"sizedText":"","sizedList":[],"sku":""}"#
        #expect(
            try Sample.faults("Ruled", empty).map(\.field) == faults.map(\.field).filter { $0 != "requiredMessage" })
        for (text, expected) in [
            (#""ranged":6"#, "ranged is 6 (at most 5)"), (#""ranged":-6"#, "ranged is -6 (at least -5)"),
            (#""rangedNumber":9"#, "rangedNumber is 9 (at least 10)"),
            (#""rangedDouble":1.5"#, "rangedDouble is 1.5 (at most 1)"),
            (#""rangedDouble":"NaN""#, "rangedDouble is nan (at least 0)"),
            (#""sizedBytes":"AAAAAA==""#, "sizedBytes is 4 bytes long (at most 3 bytes)"),
            (
                #""sizedMap":{"a":{"quantity":1},"b":{"quantity":0},"c":{"quantity":1}}"#,
                "sizedMap[b].quantity is 0 (at least 1)"
            ),
            (#""code":"A""#, "code does not match (text that matches [a-z]+)"),
            (#""lines":[{"quantity":1},{}]"#, "lines[1].quantity is 0 (at least 1)"),
            (#""line":{"text":"x"}"#, "line.quantity is 0 (at least 1)"),
            (#""text":"éx""#, "text is 3 bytes long (at most 1 bytes)"),
            (#""rangedList":[7,8]"#, "rangedList[1] is 8 (at most 7)"),
            (#""patternList":["x","y"]"#, "patternList[1] does not match (text that matches x*)"),
        ] {
            let fault = try #require(try Sample.faults("Ruled", "{\(valid),\(text)}").first)
            #expect("\(fault.field) \(fault.reason) (\(fault.expected))" == expected)
        }
    }

    @Test("places in lists, maps and messages are JSON pointers")
    func pointers() throws {
        let json =
            #"{"lists":{"scalarsValues":[{},{"int32Value":"x"}]},"maps":{"stringKeys":{"a/b~c":{"boolValue":1}}},"#
            + #""history":["2026-01-31T12:00:00Z",null]}"#
        let faults = try Sample.faults("Nesting", json)
        #expect(
            faults.map(\.pointer) == [
                "/lists/scalarsValues/1/int32Value", "/maps/stringKeys/a~1b~0c/boolValue", "/history/1",
            ])
        #expect(
            faults.map(\.field) == [
                "lists.scalarsValues[1].int32Value", "maps.stringKeys[a/b~c].boolValue", "history[1]",
            ])
        #expect(faults.last?.reason == "is null")
    }

    @Test("text with U+0000 or half of a surrogate pair is refused, with its place")
    func flaws() throws {
        for (text, reason) in [
            (#"a\u0000"#, "holds U+0000"), (#"\ud800"#, "holds half of a surrogate pair"),
            (#"\udc00"#, "holds half of a surrogate pair"), (#"\ud800\ud800"#, "holds half of a surrogate pair"),
            (#"\ud800x"#, "holds half of a surrogate pair"), (#"\ud800\n"#, "holds half of a surrogate pair"),
        ] {
            #expect(try Sample.faults("Scalars", "{\"stringValue\":\"\(text)\"}").map(\.reason) == [reason])
            #expect(try Sample.faults("Maps", "{\"attributes\":{\"\(text)\":\"\"}}").map(\.reason) == [reason])
            #expect(try Sample.faults("Empty", "{\"\(text)\":1}").count == 1)
        }
    }

    @Test("a name without end is cut where it is shown")
    func longNames() throws {
        let long = String(repeating: "n", count: 1_000_000)
        let shown = String(repeating: "n", count: TranscodingError.maximumNameBytes) + "…"
        #expect(try Sample.faults("Empty", "{\"\(long)\":1}").map(\.pointer) == ["/" + shown])
        let inMap = try Sample.faults("Maps", "{\"stringKeys\":{\"\(long)\":{\"x\":1,\"y\":2}}}")
        #expect(inMap.map(\.field) == ["stringKeys[\(shown)].x", "stringKeys[\(shown)].y"])
        #expect(try Sample.faults("Scalars", "{\"modeValue\":\"\(long)\"}").map(\.reason) == ["is none of its values"])
    }

    @Test("at most 64 fields are reported")
    func bounded() throws {
        let elements = (0..<200).map { _ in "\"x\"" }.joined(separator: ",")
        let faults = try Sample.faults("Lists", "{\"int32Values\":[\(elements)]}")
        #expect(faults.count == TranscodingError.maximumFields)
        #expect(faults.last?.pointer == "/int32Values/63")
    }

    @Test("anything but an object is no message", arguments: ["[]", "1", "\"x\"", "null", "true"])
    func notAnObject(_ json: String) throws {
        #expect(try Sample.faults("Empty", json).map(\.expected) == ["an object"])
    }

    @Test("what is wrong on the wire is an error of its own kind, and leaves the output as it was")
    func malformedWire() throws {
        for (name, wire) in [
            ("Scalars", [0x08]), ("Scalars", [0x00]), ("Scalars", [0x0B]), ("Scalars", [0x72, 5, 0x61]),
            ("Scalars", [0x72, 1, 0xFF]), ("Scalars", [0x09, 0, 0]), ("Scalars", [0x6D, 0, 0]),
            ("Scalars", [0x18] + [UInt8](repeating: 0xFF, count: 11)), ("Nesting", [0x0A, 1, 0x08]),
            // A time with too many nanoseconds.
            ("Nesting", [0x32, 6, 0x10, 0x80, 0x94, 0xEB, 0xDC, 0x03]), ("Lists", [0x1A, 1, 0x80]),
            ("Maps", [0x6A, 3, 0x0A, 1, 0xFF]), ("Part", [0x6A, 4, 0x0A, 2, 0x41, 0x42]),
        ] as [(String, [UInt8])] {
            let error = #expect(throws: TranscodingError.self, "\(name) \(wire)") {
                try Sample.transcoder.json(wire: wire, of: Sample.type(name))
            }
            #expect(error?.code == .malformedMessage)
        }
    }

    @Test("input and output have limits")
    func limits() throws {
        let small = Transcoder(Sample.schema, limits: TranscodingLimits(maximumInputBytes: 10, maximumOutputBytes: 100))
        let input = #expect(throws: TranscodingError.self) {
            try small.wire(json: Array(#"{"a":  1  }"#.utf8), of: Sample.type("Empty"))
        }
        #expect(input?.code == .tooLarge)
        // Few bytes on the wire are many in JSON.
        let output = #expect(throws: TranscodingError.self) {
            try small.json(wire: [UInt8](repeating: 0, count: 0) + [0x0A, 0], of: Sample.type("Nesting"))
        }
        #expect(output?.code == .tooLarge)
    }
}
