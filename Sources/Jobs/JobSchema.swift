public import Partitioning

extension Jobs {
    /// The tables of jobs, for a service's migrations. Never changed once released; what comes later is a further
    /// migration.
    ///
    /// Both are partitioned by the time within the job's UUID. A chunk refers to no job by a foreign key: partitions of
    /// both are dropped by themselves.
    public static let schema = """
        create table job (
            bucket smallint not null,
            brand_id uuid not null,
            id uuid not null,
            kind text not null,
            state text not null,
            parameters bytea not null,
            cursor bytea,
            done bigint not null default 0,
            total bigint,
            failed_rows bigint not null default 0,
            message text not null default '',
            is_input_open boolean not null,
            input_chunks integer not null default 0,
            input_bytes bigint not null default 0,
            input_checksum bigint not null default 0,
            result_chunks integer not null default 0,
            result_bytes bigint not null default 0,
            result_checksum bigint not null default 0,
            failure_code text,
            failure_message text,
            attempts integer not null default 0,
            created_at timestamptz not null default now(),
            started_at timestamptz,
            ended_at timestamptz,
            not_before timestamptz not null default now(),
            token bigint not null default 0,
            runner uuid,
            lease_expires_at timestamptz,
            primary key (bucket, brand_id, id),
            constraint job_bucket check (bucket between 0 and 63),
            constraint job_kind check (kind ~ '^[a-z][a-z0-9-]{0,63}$'),
            constraint job_state check (
                state in ('queued', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled')),
            constraint job_lease check (
                (state in ('running', 'cancelling')) = (runner is not null)
                and (runner is null) = (lease_expires_at is null) and token >= 0),
            constraint job_end check ((state in ('succeeded', 'failed', 'cancelled')) = (ended_at is not null)),
            constraint job_failure check (
                (state = 'failed') = (failure_code is not null)
                and (failure_code is null) = (failure_message is null)),
            constraint job_progress check (done >= 0 and total >= 0 and failed_rows between 0 and done),
            constraint job_sizes check (
                octet_length(parameters) <= 65536 and octet_length(cursor) <= 65536
                and input_chunks >= 0 and input_bytes between 0 and 536870912
                and result_chunks >= 0 and result_bytes between 0 and 536870912),
            constraint job_attempts check (attempts >= 0)
        ) partition by range (id);
        create index job_open on job (brand_id, not_before, id) where state in ('queued', 'running', 'cancelling');
        create index job_brand on job (brand_id, id);
        create table job_chunk (
            bucket smallint not null,
            brand_id uuid not null,
            job_id uuid not null,
            is_result boolean not null,
            number integer not null,
            bytes bytea not null,
            primary key (bucket, brand_id, job_id, is_result, number),
            constraint job_chunk_bucket check (bucket between 0 and 63),
            constraint job_chunk_number check (number >= 0),
            constraint job_chunk_size check (octet_length(bytes) between 1 and 262144)
        ) partition by range (job_id);
        """

    /// The partitions of both tables: one a month. A job and its chunks are kept for one to two months after its
    /// creation; since it ends within ``JobLimits/lifetimeDays``, a partition that is dropped holds none that runs.
    public static let partitions = [
        Partitions(table: "job", period: .month, retained: 1, key: .uuid),
        Partitions(table: "job_chunk", period: .month, retained: 1, key: .uuid),
    ]
}
