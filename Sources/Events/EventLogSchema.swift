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

    /// What makes a row of the log hold a run of events, where ``schema`` gave each event one. A migration of its own, behind
    /// that of ``schema``; never changed once released.
    ///
    /// `event` shows the events one by one, for people, and takes single ones, from a version of the service that knows
    /// nothing of runs. Events that have a row of their own are found in it by their sequence, others only by going through
    /// all of their bucket.
    public static let runSchema = """
        lock table event in share row exclusive mode;
        create table event_run (
            bucket smallint not null,
            last_sequence bigint not null,
            recorded_at timestamptz not null default now(),
            count smallint not null,
            events bytea not null,
            primary key (bucket, last_sequence, recorded_at)
        ) partition by range (recorded_at);
        do $$
        declare
            partition regclass;
        begin
            for partition in select inhrelid from pg_inherits where inhparent = 'event'::regclass loop
                execute (
                    select format('create table %I partition of event_run %s',
                        'event_run' || substr(relname, length('event') + 1), pg_get_expr(relpartbound, oid))
                    from pg_class where oid = partition);
            end loop;
            for partition in select inhrelid from pg_inherits where inhparent = 'event_run'::regclass
                union all select 'event_run'::regclass
            loop
                execute (
                    select format('alter table %s ', partition)
                        || string_agg(format('alter %I set statistics 10', attname), ', ')
                    from pg_attribute where attrelid = partition and attnum > 0 and not attisdropped);
            end loop;
        end
        $$;
        create function event_bytes(
            id uuid, brand_id uuid, type text, subject text, occurred_at timestamptz, trace_parent text, payload bytea
        ) returns bytea language sql stable
        return uuid_send(id) || uuid_send(brand_id) || int8send((extract(epoch from occurred_at) * 1000000)::bigint)
            || int4send(octet_length(type)) || convert_to(type, 'UTF8')
            || int4send(octet_length(subject)) || convert_to(subject, 'UTF8')
            || int4send(coalesce(octet_length(trace_parent), -1)) || convert_to(coalesce(trace_parent, ''), 'UTF8')
            || int4send(octet_length(payload)) || payload;
        create function event_of_bytes(
            first_sequence bigint, events bytea,
            out sequence bigint, out id uuid, out brand_id uuid, out type text, out subject text,
            out occurred_at timestamptz, out trace_parent text, out payload bytea
        ) returns setof record language plpgsql immutable strict as $$
        declare
            place integer := 1;
            fields bytea[];
            size integer;
        begin
            sequence := first_sequence;
            while place <= octet_length(events) loop
                id := encode(substr(events, place, 16), 'hex')::uuid;
                brand_id := encode(substr(events, place + 16, 16), 'hex')::uuid;
                occurred_at := timestamptz 'epoch' + interval '1 microsecond'
                    * ('x' || encode(substr(events, place + 32, 8), 'hex'))::bit(64)::bigint;
                place := place + 40;
                fields := null;
                for field in 1..4 loop
                    size := ('x' || encode(substr(events, place, 4), 'hex'))::bit(32)::integer;
                    fields := fields || case when size >= 0 then substr(events, place + 4, size) end;
                    place := place + 4 + greatest(size, 0);
                end loop;
                type := convert_from(fields[1], 'UTF8');
                subject := convert_from(fields[2], 'UTF8');
                trace_parent := convert_from(fields[3], 'UTF8');
                payload := fields[4];
                return next;
                sequence := sequence + 1;
            end loop;
        end
        $$;
        insert into event_run (bucket, last_sequence, recorded_at, count, events)
        select bucket, sequence, recorded_at, 1,
            event_bytes(id, brand_id, type, subject, occurred_at, trace_parent, payload)
        from event order by bucket, sequence;
        set local lock_timeout = '60s';
        drop table event;
        create view event as
        select r.bucket, r.last_sequence as sequence, r.recorded_at, e.id, e.brand_id, e.type, e.subject, e.occurred_at,
            e.trace_parent, e.payload
        from event_run r, event_of_bytes(r.last_sequence, r.events) e where r.count = 1
        union all
        select r.bucket, e.sequence, r.recorded_at, e.id, e.brand_id, e.type, e.subject, e.occurred_at, e.trace_parent,
            e.payload
        from event_run r, event_of_bytes(r.last_sequence - r.count + 1, r.events) e where r.count > 1;
        create function event_insert() returns trigger language plpgsql as $$
        begin
            insert into event_run (bucket, last_sequence, count, events)
            values (new.bucket, new.sequence, 1, event_bytes(
                new.id, new.brand_id, new.type, new.subject, new.occurred_at, new.trace_parent, new.payload));
            return new;
        end
        $$;
        create trigger event_insert instead of insert on event for each row execute function event_insert();
        """

    /// The event log's partitions: one a month.
    ///
    /// - Parameter monthsRetained: Whole months that are kept beside the present one.
    public static func partitions(monthsRetained: Int) -> Partitions {
        Partitions(table: "event_run", period: .month, retained: monthsRetained, upkeep: .coarseStatistics)
    }
}
