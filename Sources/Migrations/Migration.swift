/// One numbered step of a database's schema: SQL that runs once and is never changed once it is released.
///
/// A migration runs in a transaction of its own, unless its first line is ``noTransactionMark``. It must be safe while
/// the version of the service before it still runs.
public struct Migration: Hashable, Sendable {
    /// The first line of SQL that runs outside of a transaction, such as `CREATE INDEX CONCURRENTLY`. Each statement is
    /// then committed by itself, and all of it may run again after a failure, so it must be written for that.
    public static let noTransactionMark = "-- driveline: no transaction"

    /// Where it stands in the order, from 1 on.
    public let number: Int
    /// What it does, in lower-case letters, digits, `-` and `_`.
    public let name: String
    /// The SQL. Statements are separated by semicolons; SQL-standard function bodies (`BEGIN ATOMIC`) are not
    /// understood, quoted bodies are.
    public let text: String
    /// What is wrong with how it was given; a ``MigrationSet`` refuses it for that.
    let problem: String?

    /// The content of a file that is named `0001_name.sql`, as the package manager embeds it, with an underscore for
    /// the first digit: `.file("0001_name.sql", PackageResources._001_name_sql)`.
    public static func file(_ fileName: String, _ bytes: [UInt8]) -> Self {
        let text = String(validating: bytes, as: UTF8.self)
        let parts = fileName.split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
        let digits = parts.first ?? ""
        guard parts.count == 2, parts[1].hasSuffix(".sql"), digits.utf8.count == 4, let number = Int(digits) else {
            return Self(
                number: 0, name: fileName, text: text ?? "",
                problem: "the file \(fileName) is not named like 0001_name.sql")
        }
        return Self(
            number: number, name: String(parts[1].dropLast(4)), text: text ?? "",
            problem: text == nil ? "the file \(fileName) is not UTF-8" : nil)
    }

    /// Tables that the service shares with others, such as `.component(2, "event-log", EventLog.schema)`.
    public static func component(_ number: Int, _ name: String, _ schema: String) -> Self {
        Self(number: number, name: name, text: schema, problem: nil)
    }

    /// Whether all of it happens or nothing.
    public var isTransactional: Bool { !self.text.hasPrefix(Self.noTransactionMark) }

    /// 64 bits of FNV-1a over the SQL, in hexadecimal: it notices a change made by mistake, and is not meant against one
    /// who could as well change the table that it is compared with.
    public var checksum: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in self.text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    var statements: [SQLStatement] { SQLStatement.split(self.text) }
}
