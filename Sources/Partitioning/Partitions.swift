/// The partitions by time of one table: which must exist, and which are old enough to drop.
///
/// Keys, movements and events are never deleted row by row; a whole day or month is dropped. Pure: the caller tells the
/// day, and runs the statements.
public struct Partitions: Sendable {
    /// How much time one partition holds.
    public enum Period: Sendable { case day, month }

    /// What a row's partition follows from.
    public enum Key: Sendable {
        /// A date or a moment.
        case time
        /// A UUID of version 7, whose first 48 bits are milliseconds.
        case uuid
    }

    /// How the server looks after the partitions by itself.
    public enum Upkeep: Sendable {
        /// As it does after every table.
        case full
        /// With statistics of some 3,000 rows instead of 30,000, which take it a tenth of the time: for rows that are
        /// appended in great numbers and found by their keys.
        case coarseStatistics
        /// Not at all: for rows that are never changed and soon dropped, where reading and marking all of their pages
        /// would help nobody.
        case none
    }

    /// How many periods after the present one are made in advance, so that a row always finds its partition.
    public static let ahead = 3

    private let table: StaticString
    private let period: Period
    private let retained: Int
    private let key: Key
    private let upkeep: Upkeep

    /// - Parameters:
    ///   - table: The partitioned table. A literal, since it becomes part of statements.
    ///   - period: What one partition holds.
    ///   - retained: How many whole periods before the present one are kept; at least 1, since work that began before
    ///     midnight still looks for its rows in the partition of the day before.
    ///   - key: What kind of column the table is partitioned by.
    ///   - upkeep: How the server looks after the partitions by itself.
    public init(
        table: StaticString, period: Period, retained: Int, key: Key = .time, upkeep: Upkeep = .full
    ) {
        self.key = key
        self.upkeep = upkeep
        self.table = table
        self.period = period
        self.retained = max(1, retained)
    }

    /// The statements that make the partitions from the one before `day` to ``ahead`` periods after it; those that exist
    /// stay as they are.
    ///
    /// - Parameter existing: Names of the table's partitions; no statement is given for these, since even one that does
    ///   nothing locks the table.
    public func creating(existing: [String] = [], on day: Day) -> [String] {
        let present = self.start(of: day)
        let existing = Set(existing)
        return (-1...Self.ahead).compactMap { offset in
            let from = self.start(present, offsetBy: offset)
            let to = self.start(present, offsetBy: offset + 1)
            let name = self.name(of: from)
            guard !existing.contains(name) else { return nil }
            return """
                create table if not exists \(name) partition of \(self.table) \
                for values from ('\(self.bound(from))') to ('\(self.bound(to))')\(self.upkeepText(of: name))
                """
        }
    }

    // What a table's columns are told of statistics is not passed on to its new partitions.
    private func upkeepText(of name: String) -> String {
        switch self.upkeep {
        case .full: return ""
        case .none: return " with (autovacuum_enabled = off)"
        case .coarseStatistics:
            return """
                ; do $$ begin execute (
                    select 'alter table \(name) ' || string_agg(format('alter %I set statistics 10', attname), ', ')
                    from pg_attribute where attrelid = '\(name)'::regclass and attnum > 0 and not attisdropped);
                end $$
                """
        }
    }

    /// Whether the partitions of the present period and of the next one exist.
    ///
    /// - Parameter existing: Names of the table's partitions.
    public func areReady(existing: [String], on day: Day) -> Bool {
        let present = self.start(of: day)
        return [0, 1].allSatisfy { existing.contains(self.name(of: self.start(present, offsetBy: $0))) }
    }

    /// The partitioned table's name.
    public var tableName: String { "\(self.table)" }

    /// The statements that drop what is older than the retention, of the partitions that exist.
    ///
    /// - Parameter existing: Names of the table's partitions; others are left alone.
    public func dropping(existing: [String], on day: Day) -> [String] {
        let oldest = self.name(of: self.start(self.start(of: day), offsetBy: -self.retained))
        // Names of one table have one length, and so compare as their days do.
        return existing.filter { $0.utf8.count == oldest.utf8.count && self.isName($0) && $0 < oldest }
            .sorted()
            .map { "drop table if exists \($0)" }
    }

    /// The name of the partition that holds a day.
    public func name(holding day: Day) -> String { self.name(of: self.start(of: day)) }

    private func bound(_ start: Day) -> String {
        switch self.key {
        case .time: return "\(start) 00:00:00+00"
        case .uuid:
            let digits = String(max(0, start.number) * 86_400_000, radix: 16)
            let padded = String(repeating: "0", count: max(0, 12 - digits.count)) + digits
            return "\(padded.prefix(8))-\(padded.suffix(4))-0000-0000-000000000000"
        }
    }

    private func name(of start: Day) -> String {
        let digits = start.description.filter { $0 != "-" }
        return "\(self.table)_" + (self.period == .day ? digits : String(digits.prefix(6)))
    }

    /// Only digits may follow the table's name, so that nothing read from the catalogue can become a statement.
    private func isName(_ name: String) -> Bool {
        let prefix = "\(self.table)_"
        return name.hasPrefix(prefix) && name.dropFirst(prefix.count).allSatisfy { $0.isASCII && $0.isNumber }
    }

    private func start(of day: Day) -> Day {
        self.period == .day ? day : Day(year: day.year, month: day.month, day: 1)
    }

    private func start(_ start: Day, offsetBy periods: Int) -> Day {
        switch self.period {
        case .day: return Day(number: start.number + periods)
        case .month:
            let months = start.year * 12 + start.month - 1 + periods
            return Day(year: months / 12, month: months % 12 + 1, day: 1)
        }
    }
}
