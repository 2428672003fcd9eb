internal import Buckets
internal import Postgres
internal import Waking

extension Jobs {
    /// The most brands whose jobs are looked at for one lease: those that have waited longest.
    private static let maximumCandidates: Int64 = 256

    /// What waits for a runner: the next job of each brand, and how many of each brand run.
    func waiting(
        kinds: [String]
    ) async throws(PostgresError) -> (candidates: [JobSelection.Candidate], running: [PostgresUUID: Int64]) {
        var running: [PostgresUUID: Int64] = [:]
        for row in try await self.pool.query(Self.runningCounts) {
            let (brand, count) = try row.decode(PostgresUUID.self, Int64.self)
            running[brand] = count
        }
        var candidates: [JobSelection.Candidate] = []
        let rows = try await self.pool.query(
            Self.candidates, kinds, JobLimits.lifetimeDays, Self.maximumCandidates)
        for row in rows {
            let (brand, id, notBefore) = try row.decode(PostgresUUID.self, PostgresUUID.self, PostgresTimestamp.self)
            candidates.append(JobSelection.Candidate(brand: brand, id: id, notBefore: notBefore))
        }
        return (candidates, running)
    }

    /// Takes a job, unless somebody else has or is about to.
    func lease(
        _ candidate: JobSelection.Candidate, to runner: PostgresUUID, milliseconds: Int64
    ) async throws -> Job? {
        guard let id = JobID(service: self.service, uuid: candidate.id) else { return nil }
        return try await self.pool.withTransaction { transaction in
            let rows = try await transaction.execute([JobRow.lockIfFree(id, brand: candidate.brand)])
            guard let (before, now) = try self.locked(rows) else { return nil }
            var job = before
            guard job.lease(to: runner, milliseconds: milliseconds, at: now) else { return nil }
            try await self.commit(job, before: before.state, in: transaction)
            return job
        }
    }

    /// Holds a job for longer.
    ///
    /// - Returns: Its state, or nil where another runner has it or it has ended.
    func renew(_ job: Job, milliseconds: Int64) async throws(PostgresError) -> JobState? {
        let rows = try await self.pool.query(
            Self.renewal, job.id.bucket(of: job.brand).number, job.brand, job.id.uuid, job.token, milliseconds)
        guard let row = rows.first else { return nil }
        return JobState(rawValue: try row.decode(String.self))
    }

    /// Ends a run.
    ///
    /// - Returns: false where another runner has the job: nothing is changed then.
    func end(_ leased: Job, _ ending: JobEnding) async throws -> Bool {
        let isEnded = try await self.pool.withTransaction { transaction in
            guard let (before, now) = try await self.lock(leased.id, brand: leased.brand, in: transaction),
                before.token == leased.token
            else { return false }
            var job = before
            guard job.end(ending, at: now) else { return false }
            try await self.commit(job, before: before.state, in: transaction)
            return true
        }
        self.signal.wake()
        return isEnded
    }

    private static let runningCounts = PostgresStatement(
        """
        select brand_id, count(*) from job
        where state in ('queued', 'running', 'cancelling') and state <> 'queued' and lease_expires_at > now()
        group by brand_id
        """,
        readOnly: true)

    /// Jobs that are too old come whatever they are, since somebody has to end them.
    private static let candidates = PostgresStatement(
        """
        select brand_id, id, not_before from (
            select distinct on (brand_id) brand_id, id, not_before from job
            where state in ('queued', 'running', 'cancelling')
                and (state <> 'queued' or not_before <= now()) and (state = 'queued' or lease_expires_at <= now())
                and (created_at < now() - $2 * interval '1 day' or (kind = any($1) and not is_input_open))
            order by brand_id, not_before, id
        ) j
        order by not_before, id limit $3
        """,
        readOnly: true)

    private static let renewal = PostgresStatement(
        """
        update job set lease_expires_at = now() + $5 * interval '1 millisecond'
        where bucket = $1 and brand_id = $2 and id = $3 and token = $4 and state in ('running', 'cancelling')
        returning state
        """)
}
