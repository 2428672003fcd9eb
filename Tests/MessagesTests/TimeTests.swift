import Testing
import WellKnownMessages

@Suite("Durations and timestamps")
struct TimeTests {
    @Test(
        "durations survive the way to the proto form and back",
        arguments: [
            (Duration.zero, 0, 0), (.nanoseconds(1), 0, 1), (.nanoseconds(-1), 0, -1),
            (.milliseconds(1_500), 1, 500_000_000),
            (.milliseconds(-1_500), -1, -500_000_000), (.seconds(315_576_000_000), 315_576_000_000, 0),
            (.seconds(-315_576_000_000), -315_576_000_000, 0),
        ] as [(Duration, Int64, Int32)])
    func durations(_ duration: Duration, _ seconds: Int64, _ nanos: Int32) throws {
        let proto = try ProtoDuration(duration)
        #expect(proto == ProtoDuration(seconds: seconds, nanos: nanos))
        #expect(try Duration(proto) == duration)
    }

    @Test(
        "a duration that its proto file does not allow is refused",
        arguments: [
            ProtoDuration(seconds: 315_576_000_001), ProtoDuration(seconds: -315_576_000_001),
            ProtoDuration(nanos: 1_000_000_000),
            ProtoDuration(nanos: -1_000_000_000), ProtoDuration(seconds: 1, nanos: -1),
            ProtoDuration(seconds: -1, nanos: 1),
            ProtoDuration(seconds: .max, nanos: .max), ProtoDuration(seconds: .min, nanos: .min),
        ])
    func refusesDuration(_ duration: ProtoDuration) {
        #expect(!duration.isValid)
        #expect(throws: TimeRangeError.self) { try Duration(duration) }
    }

    @Test("a duration that is too long for the proto form is refused")
    func refusesLongDuration() {
        #expect(throws: TimeRangeError.self) { try ProtoDuration(.seconds(Int64.max)) }
        #expect(throws: TimeRangeError.self) { try ProtoDuration(.seconds(-315_576_000_001)) }
    }

    @Test("what is finer than a nanosecond is cut off")
    func cutsOff() throws {
        let fine = Duration(secondsComponent: 0, attosecondsComponent: 1_999_999_999)
        #expect(try ProtoDuration(fine) == ProtoDuration(nanos: 1))
        #expect(try ProtoTimestamp(sinceEpoch: .zero - fine) == ProtoTimestamp(seconds: -1, nanos: 999_999_998))
    }

    @Test(
        "timestamps survive the way to the proto form and back",
        arguments: [
            (Duration.zero, 0, 0), (.nanoseconds(1), 0, 1), (.nanoseconds(-1), -1, 999_999_999),
            (.milliseconds(-1_500), -2, 500_000_000), (.seconds(-62_135_596_800), -62_135_596_800, 0),
            (.seconds(253_402_300_799), 253_402_300_799, 0),
        ] as [(Duration, Int64, Int32)])
    func timestamps(_ sinceEpoch: Duration, _ seconds: Int64, _ nanos: Int32) throws {
        let proto = try ProtoTimestamp(sinceEpoch: sinceEpoch)
        #expect(proto == ProtoTimestamp(seconds: seconds, nanos: nanos))
        #expect(try proto.sinceEpoch() == sinceEpoch)
    }

    @Test(
        "a timestamp that its proto file does not allow is refused",
        arguments: [
            ProtoTimestamp(seconds: -62_135_596_801), ProtoTimestamp(seconds: 253_402_300_800),
            ProtoTimestamp(nanos: -1),
            ProtoTimestamp(nanos: 1_000_000_000),
        ])
    func refusesTimestamp(_ timestamp: ProtoTimestamp) {
        #expect(!timestamp.isValid)
        #expect(throws: TimeRangeError.self) { try timestamp.sinceEpoch() }
    }

    @Test("a moment outside the years 1 to 9999 is refused")
    func refusesMoment() {
        #expect(throws: TimeRangeError.self) { try ProtoTimestamp(sinceEpoch: .seconds(253_402_300_800)) }
        #expect(throws: TimeRangeError.self) { try ProtoTimestamp(sinceEpoch: .seconds(Int64.min)) }
        let least = Duration(secondsComponent: .min, attosecondsComponent: -1)
        #expect(throws: TimeRangeError.self) { try ProtoTimestamp(sinceEpoch: least) }
    }

    @Test("timestamps are in the order of time")
    func order() {
        #expect(ProtoTimestamp(seconds: 1, nanos: 2) < ProtoTimestamp(seconds: 1, nanos: 3))
        #expect(ProtoTimestamp(seconds: -1, nanos: 9) < ProtoTimestamp())
    }
}
