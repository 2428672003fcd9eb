internal import Buckets
internal import Postgres

/// The statements of the store. Each takes all keys of a transaction as arrays, and the moment, NULL for the database's.
enum IdempotencyStatements {
    /// Which answer of ``claim(_:waitMilliseconds:now:)`` holds the rows that were found.
    static let selectionPosition = 4

    /// - Parameter requests: Each key once, in the order of locks.
    static func claim(
        _ requests: [IdempotencyRequest], waitMilliseconds: Int, now: PostgresTimestamp?
    ) -> [PostgresCommand] {
        let buckets = requests.map(\.key.bucket.number)
        let brands = requests.map(\.key.brand)
        let principals = requests.map(\.key.principal)
        let methods = requests.map(\.key.method)
        let keys = requests.map(\.key.key)
        let fingerprints = requests.map(\.fingerprint)
        return [
            PostgresCommand(Self.limitWait, "\(max(1, waitMilliseconds))ms"),
            PostgresCommand(Self.lockDayBefore, buckets, brands, principals, methods, keys, fingerprints, now),
            PostgresCommand(Self.lockDay, buckets, brands, principals, methods, keys, fingerprints, now),
            PostgresCommand(Self.restoreWait),
            PostgresCommand(Self.selection, buckets, brands, principals, methods, keys, now),
        ]
    }

    static func complete(
        _ answers: [(key: IdempotencyKey, answer: IdempotencyAnswer)], now: PostgresTimestamp?
    ) -> PostgresCommand {
        PostgresCommand(
            Self.completion, answers.map(\.key.bucket.number), answers.map(\.key.brand), answers.map(\.key.principal),
            answers.map(\.key.method), answers.map(\.key.key), answers.map(\.answer.status),
            answers.map(\.answer.response), now)
    }

    /// The columns of a select list are evaluated from left to right: what held before is kept first.
    private static let limitWait = PostgresStatement(
        """
        select set_config('driveline.lock_timeout', current_setting('lock_timeout'), true),
            set_config('lock_timeout', $1, true)
        """)

    /// The rest of the transaction waits for locks as long as it did before.
    private static let restoreWait = PostgresStatement(
        "select set_config('lock_timeout', current_setting('driveline.lock_timeout'), true)")

    /// A row that has an answer is locked, too, but not changed.
    private static let lockDayBefore = PostgresStatement(
        """
        insert into idempotency_key as k
            (bucket, brand_id, principal, method, key, day, claimed_at, fingerprint)
        select r.bucket, r.brand_id, r.principal, r.method, r.key, (c.now at time zone 'utc')::date - 1, c.now,
            r.fingerprint
        from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[])
            with ordinality as r (bucket, brand_id, principal, method, key, fingerprint, position)
        cross join (select coalesce($7::timestamptz, now()) as now) c
        where (c.now at time zone 'utc')::time < time '01:00'
        order by r.position
        on conflict (bucket, brand_id, principal, method, key, day)
            do update set claimed_at = excluded.claimed_at where k.status is null
        """)

    private static let lockDay = PostgresStatement(
        """
        insert into idempotency_key as k
            (bucket, brand_id, principal, method, key, day, claimed_at, fingerprint)
        select r.bucket, r.brand_id, r.principal, r.method, r.key, (c.now at time zone 'utc')::date, c.now,
            r.fingerprint
        from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[])
            with ordinality as r (bucket, brand_id, principal, method, key, fingerprint, position)
        cross join (select coalesce($7::timestamptz, now()) as now) c
        order by r.position
        on conflict (bucket, brand_id, principal, method, key, day)
            do update set claimed_at = excluded.claimed_at, fingerprint = excluded.fingerprint where k.status is null
        """)

    /// Days after the present one count as well: a transaction that began before midnight may come second.
    private static let selection = PostgresStatement(
        """
        select r.position, k.fingerprint, k.status, k.response
        from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::text[])
            with ordinality as r (bucket, brand_id, principal, method, key, position)
        join idempotency_key k on k.bucket = r.bucket and k.brand_id = r.brand_id and k.principal = r.principal
            and k.method = r.method and k.key = r.key
        where k.bucket = any($1) and k.status is not null
            and k.day >= (coalesce($6::timestamptz, now()) at time zone 'utc')::date - 1
        order by r.position, k.day
        """)

    private static let completion = PostgresStatement(
        """
        update idempotency_key k set status = r.status, response = r.response
        from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::bytea[])
            as r (bucket, brand_id, principal, method, key, status, response)
        where k.bucket = any($1) and k.bucket = r.bucket and k.brand_id = r.brand_id and k.principal = r.principal
            and k.method = r.method and k.key = r.key and k.status is null
            and k.day = (coalesce($8::timestamptz, now()) at time zone 'utc')::date
        """)
}
