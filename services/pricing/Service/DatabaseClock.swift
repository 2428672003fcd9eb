internal import Postgres

/// The clock that all instances of the service go by.
enum DatabaseClock {
    /// The command that reads it, when it is run: not when its transaction began.
    static var reading: PostgresCommand { PostgresCommand(Self.statement) }

    /// What the answer to ``reading`` says.
    static func read(_ rows: PostgresRows) throws(PostgresError) -> PostgresTimestamp {
        guard let row = rows.first else { throw PostgresError(.server, "a clock without an answer") }
        return try row.decode(PostgresTimestamp.self)
    }

    private static let statement = PostgresStatement("select clock_timestamp()", readOnly: true)
}
