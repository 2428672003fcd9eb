public import Partitioning

extension EventLog {
    /// The tables of the event log, for a service's migrations. Never changed once released; what comes later is a
    /// further migration.
    public static let schema = """
        create table event_bucket (
            bucket smallint primary key check (bucket between 0 and 63),
            next_sequence bigint not null default 1 check (next_sequence > 0)
        );
        insert into event_bucket (bucket) select generate_series(0, 63);
        create table event (
            bucket smallint not null,
            sequence bigint not null check (sequence > 0),
            recorded_at timestamptz not null default now(),
            id uuid not null,
            brand_id uuid not null,
            type text not null,
            subject text not null,
            occurred_at timestamptz not null,
            trace_parent text,
            payload bytea not null,
            primary key (bucket, sequence, recorded_at),
            constraint event_bucket_range check (bucket between 0 and 63),
            constraint event_payload_size check (octet_length(payload) <= 262144)
        ) partition by range (recorded_at);
        create table event_cursor (
            consumer text not null,
            bucket smallint not null,
            sequence bigint not null check (sequence >= 0),
            primary key (bucket, consumer)
        );
        create table event_dead_letter (
            consumer text not null,
            bucket smallint not null check (bucket between 0 and 63),
            sequence bigint not null check (sequence > 0),
            brand_id uuid not null,
            id uuid not null,
            type text not null,
            subject text not null,
            tries integer not null check (tries > 0),
            reason text not null,
            parked_at timestamptz not null default now(),
            primary key (bucket, consumer, sequence)
        );
        """

    /// The event log's partitions: one a month.
    ///
    /// - Parameter monthsRetained: Whole months that are kept beside the present one.
    public static func partitions(monthsRetained: Int) -> Partitions {
        Partitions(table: "event", period: .month, retained: monthsRetained, upkeep: .coarseStatistics)
    }
}
