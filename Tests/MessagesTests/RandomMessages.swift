import ProtobufC
import SampleMessages
import TestSupport
import WellKnownMessages

/// A message that can be made at random.
protocol RandomMessage: Message {
    static func random(_ source: inout RandomSource) -> Self
}

/// Random values of fields; edge cases are common.
struct RandomSource {
    private var generator: SeededGenerator

    init(seed: UInt64) {
        self.generator = SeededGenerator(seed: seed)
    }

    mutating func choose<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &self.generator)]
    }

    mutating func integer<Number: FixedWidthInteger>(_: Number.Type = Number.self) -> Number {
        let bits = Number(truncatingIfNeeded: UInt64.random(in: 0 ... .max, using: &self.generator))
        return self.choose([
            0, 1, Number.max, Number.min, Number.max - 1, bits, bits, bits >> self.choose([1, 8, 17, 25]),
        ])
    }

    mutating func double() -> Double {
        self.choose([
            0, -0.0, 1, -1.5, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
            Double.random(in: -1e9...1e9, using: &self.generator),
        ])
    }

    mutating func float() -> Float {
        self.choose([
            0, -0.0, 1, -1.5, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
            Float.random(in: -1e9...1e9, using: &self.generator),
        ])
    }

    mutating func bool() -> Bool { Bool.random(using: &self.generator) }

    mutating func text() -> String {
        let characters = ["a", "Z", "0", " ", "é", "火", "🔧", "\u{1}", "\u{7F}", "\u{10FFFF}", "e\u{301}"]
        return self.list(upTo: self.choose([0, 3, 20, 200])) { $0.choose(characters) }.joined()
    }

    /// Text as a key: without the forms that Swift takes for the same as others.
    mutating func key() -> String {
        let characters = ["a", "Z", "0", " ", "é", "火", "🔧", "\u{1}", "\u{FFFD}", "\u{10FFFF}"]
        return self.list(upTo: 4) { $0.choose(characters) }.joined()
    }

    mutating func bytes() -> [UInt8] {
        let count = self.choose([0, 1, 7, 127, 128, 500])
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &self.generator) }
    }

    mutating func mode() -> Mode {
        self.choose([.unspecified, .on, .off, .mode2Speed, .default, .unrecognized(77), .unrecognized(-1)])
    }

    mutating func signed() -> Signed {
        self.choose([.zero, .minus, .greatest, .least, .unrecognized(1), .unrecognized(-6)])
    }

    mutating func list<Value>(upTo count: Int = 5, _ make: (inout RandomSource) -> Value) -> [Value] {
        (0..<Int.random(in: 0...count, using: &self.generator)).map { _ in make(&self) }
    }

    mutating func map<Key, Value>(
        _ key: (inout RandomSource) -> Key,
        _ value: (inout RandomSource) -> Value
    ) -> [Key: Value] {
        var map: [Key: Value] = [:]
        for _ in 0..<Int.random(in: 0...8, using: &self.generator) { map[key(&self)] = value(&self) }
        return map
    }

    mutating func optional<Value>(_ make: (inout RandomSource) -> Value) -> Value? {
        self.bool() ? make(&self) : nil
    }

    mutating func timestamp() -> ProtoTimestamp { ProtoTimestamp(seconds: self.integer(), nanos: self.integer()) }

    mutating func duration() -> ProtoDuration { ProtoDuration(seconds: self.integer(), nanos: self.integer()) }
}

extension Scalars: RandomMessage {
    static func random(_ source: inout RandomSource) -> Scalars {
        Scalars(
            doubleValue: source.double(), floatValue: source.float(), int32Value: source.integer(),
            int64Value: source.integer(), uint32Value: source.integer(), uint64Value: source.integer(),
            sint32Value: source.integer(), sint64Value: source.integer(), fixed32Value: source.integer(),
            fixed64Value: source.integer(), sfixed32Value: source.integer(), sfixed64Value: source.integer(),
            boolValue: source.bool(), stringValue: source.text(), bytesValue: source.bytes(), modeValue: source.mode(),
            signedValue: source.signed())
    }
}

extension Lists: RandomMessage {
    static func random(_ source: inout RandomSource) -> Lists {
        Lists(
            doubleValues: source.list { $0.double() }, floatValues: source.list { $0.float() },
            int32Values: source.list { $0.integer() }, int64Values: source.list { $0.integer() },
            uint32Values: source.list { $0.integer() }, uint64Values: source.list { $0.integer() },
            sint32Values: source.list { $0.integer() }, sint64Values: source.list { $0.integer() },
            fixed32Values: source.list { $0.integer() }, fixed64Values: source.list { $0.integer() },
            sfixed32Values: source.list { $0.integer() }, sfixed64Values: source.list { $0.integer() },
            boolValues: source.list(upTo: 200) { $0.bool() }, stringValues: source.list { $0.text() },
            bytesValues: source.list { $0.bytes() }, modeValues: source.list { $0.mode() },
            signedValues: source.list { $0.signed() }, scalarsValues: source.list { Scalars.random(&$0) },
            unpackedValues: source.list { $0.integer() })
    }
}

extension Maps: RandomMessage {
    static func random(_ source: inout RandomSource) -> Maps {
        Maps(
            int32Keys: source.map({ $0.integer() }, { $0.text() }),
            int64Keys: source.map({ $0.integer() }, { $0.bytes() }),
            uint32Keys: source.map({ $0.integer() }, { $0.bool() }),
            uint64Keys: source.map({ $0.integer() }, { $0.mode() }),
            sint32Keys: source.map({ $0.integer() }, { $0.signed() }),
            sint64Keys: source.map({ $0.integer() }, { $0.double() }),
            fixed32Keys: source.map({ $0.integer() }, { $0.float() }),
            fixed64Keys: source.map({ $0.integer() }, { $0.integer() }),
            sfixed32Keys: source.map({ $0.integer() }, { $0.integer() }),
            sfixed64Keys: source.map({ $0.integer() }, { $0.integer() }),
            boolKeys: source.map({ $0.bool() }, { $0.integer() }),
            stringKeys: source.map({ $0.key() }, { Scalars.random(&$0) }),
            attributes: source.map({ $0.key() }, { $0.text() }))
    }
}

extension Choices: RandomMessage {
    static func random(_ source: inout RandomSource) -> Choices {
        let choices: [Choice?] = [
            nil, .text(source.text()), .raw(source.bytes()), .number(source.integer()), .flag(source.bool()),
            .mode(source.mode()), .scalars(.random(&source)), .inner(.random(&source)), .ratio(source.double()),
            .at(source.timestamp()), .text(""), .raw([]), .number(0), .flag(false), .mode(.unspecified), .ratio(0),
            .scalars(Scalars()), .inner(Inner()),
        ]
        return Choices(
            choice: source.choose(choices), note: source.optional { $0.text() },
            locationID: source.optional { $0.integer() },
            isSet: source.optional { $0.bool() }, blob: source.optional { $0.bytes() },
            sign: source.optional { $0.signed() }, other: source.optional { Inner.random(&$0) })
    }
}

extension Choices.Inner: RandomMessage {
    static func random(_ source: inout RandomSource) -> Choices.Inner {
        Choices.Inner(
            depth: source.choose([.unspecified, .shallow, .deep, .unrecognized(9)]),
            innermost: source.optional { Innermost.random(&$0) })
    }
}

extension Choices.Inner.Innermost: RandomMessage {
    static func random(_ source: inout RandomSource) -> Choices.Inner.Innermost {
        Choices.Inner.Innermost(text: source.text(), numbers: source.list { $0.integer() })
    }
}

extension Nesting: RandomMessage {
    static func random(_ source: inout RandomSource) -> Nesting {
        Nesting(
            scalars: source.optional { Scalars.random(&$0) }, lists: source.optional { Lists.random(&$0) },
            maps: source.optional { Maps.random(&$0) }, choices: source.optional { Choices.random(&$0) },
            innermosts: source.list { Choices.Inner.Innermost.random(&$0) },
            createdAt: source.optional { $0.timestamp() }, duration: source.optional { $0.duration() },
            history: source.list { $0.timestamp() }, durations: source.map({ $0.key() }, { $0.duration() }),
            empty: source.optional { _ in Empty() }, empties: source.list { _ in Empty() })
    }
}

extension Keywords: RandomMessage {
    static func random(_ source: inout RandomSource) -> Keywords {
        Keywords(
            default: source.text(), class: source.integer(), int: source.list { $0.integer() },
            in: source.choose([nil, .for(source.text()), .return(source.integer())]),
            func: source.optional { $0.bool() },
            urLs: source.text(), httpStatusCode: source.text(), locationIDs: source.list { $0.text() })
    }
}
