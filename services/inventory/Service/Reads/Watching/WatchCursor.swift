internal import Events
internal import Paging
internal import Postgres

/// How far a watcher has come in the event log, as it carries it: opaque, and checked when it comes back.
enum WatchCursor {
    private static let maximumTextBytes = 1_024

    /// The text of a cursor.
    static func text(_ cursor: EventCursor, of brand: PostgresUUID) -> String {
        PageToken.text(cursor.bytes, of: Self.question(brand))
    }

    /// The cursor that a text stands for; nil where it is none that was given out for the brand.
    static func read(_ text: String, of brand: PostgresUUID) -> EventCursor? {
        guard text.utf8.count <= Self.maximumTextBytes,
            let bytes = PageToken.position(text, of: Self.question(brand))
        else { return nil }
        return EventCursor(bytes: bytes)
    }

    private static func question(_ brand: PostgresUUID) -> PageToken.Question {
        PageToken.Question("WatchStock", [brand.description])
    }
}
