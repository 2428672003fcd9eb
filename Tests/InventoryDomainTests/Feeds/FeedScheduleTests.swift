import Foundation
import InventoryDomain
import TestSupport
import Testing

@Suite("When a feed is due", .processorBound)
struct FeedScheduleTests {
    private static func offset(_ zone: TimeZone) -> FeedSchedule.Offset {
        { Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval($0.seconds)))) }
    }

    private static func zone(_ name: String) throws -> TimeZone { try #require(TimeZone(identifier: name)) }

    private static func moment(_ text: String) throws -> Timestamp {
        Timestamp(seconds: Int64(try Date(text, strategy: .iso8601).timeIntervalSince1970))
    }

    @Test("an interval counts from the last look")
    func interval() throws {
        let due = FeedSchedule.interval(minutes: 15).nextDue(after: Timestamp(seconds: 1_000), offset: { _ in 0 })
        #expect(due == Timestamp(seconds: 1_900))
        #expect(FeedSchedule.daily(minutes: []).nextDue(after: Timestamp(seconds: 0), offset: { _ in 0 }) == nil)
    }

    @Test(
        "a time of the day follows the clocks of its zone: skipped ones come later, doubled ones the first time",
        arguments: [
            // An ordinary day, and the very moment, which is over.
            ("America/Chicago", 360, "2026-01-10T11:59:00Z", "2026-01-10T12:00:00Z"),
            ("America/Chicago", 360, "2026-01-10T12:00:00Z", "2026-01-11T12:00:00Z"),
            // 02:30 is left out on 2026-03-08: due at 03:30 of daylight time.
            ("America/Chicago", 150, "2026-03-08T07:00:00Z", "2026-03-08T08:30:00Z"),
            ("America/Chicago", 150, "2026-03-08T08:30:00Z", "2026-03-09T07:30:00Z"),
            // 01:30 comes twice on 2026-11-01: due the first time only.
            ("America/Chicago", 90, "2026-11-01T05:00:00Z", "2026-11-01T06:30:00Z"),
            ("America/Chicago", 90, "2026-11-01T06:30:00Z", "2026-11-02T07:30:00Z"),
            // Half an hour of daylight saving, and zones far from UTC.
            ("Australia/Lord_Howe", 135, "2026-10-03T12:00:00Z", "2026-10-03T15:45:00Z"),
            ("Pacific/Kiritimati", 0, "2026-01-01T09:59:00Z", "2026-01-01T10:00:00Z"),
            ("Pacific/Pago_Pago", 1_439, "2026-01-01T10:58:00Z", "2026-01-01T10:59:00Z"),
        ])
    func daylightSaving(zone: String, minute: Int64, after: String, due: String) throws {
        let next = FeedSchedule.daily(minutes: [minute]).nextDue(
            after: try Self.moment(after), offset: Self.offset(try Self.zone(zone)))
        #expect(next == (try Self.moment(due)))
    }

    @Test("over years, in any zone: each day has each of its times once, in order, at that time by the clock")
    func everyDayOnce() throws {
        var random = SeededGenerator(seed: testSeed())
        let names = [
            "America/Chicago", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo", "UTC",
        ]
        for name in names {
            let offset = Self.offset(try Self.zone(name))
            var minutes: Set<Int64> = []
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let minute = Int64.random(in: 0...1_439, using: &random)
                // One that is skipped must not fall on another one.
                if ![30, 60].contains(where: { minutes.contains(minute - $0) || minutes.contains(minute + $0) }) {
                    minutes.insert(minute)
                }
            }
            let schedule = FeedSchedule.daily(minutes: minutes.sorted())
            var moment = Timestamp(seconds: .random(in: 1_500_000_000...1_900_000_000, using: &random))
            var seen: [Int64: [Int64]] = [:]
            for _ in 0..<400 * minutes.count {
                let due = try #require(schedule.nextDue(after: moment, offset: offset))
                #expect(due > moment && due.seconds - moment.seconds <= 50 * 3_600)
                let wall = due.seconds + offset(due)
                // By a skipped time, the day's minute is later by as much as was skipped.
                let minute = wall % 86_400 / 60
                let isSkipped = !minutes.contains(minute)
                if isSkipped {
                    let gap = offset(due) - offset(due.adding(seconds: -86_400))
                    #expect(gap > 0 && minutes.contains((minute * 60 - gap) / 60), "\(name) \(due)")
                }
                seen[wall / 86_400, default: []].append(minute)
                moment = due
            }
            // All days but the first and the last one are complete.
            for (_, times) in seen.sorted(by: { $0.key < $1.key }).dropFirst().dropLast() {
                #expect(times.count == minutes.count, "\(name) \(minutes) \(times)")
            }
        }
    }
}
