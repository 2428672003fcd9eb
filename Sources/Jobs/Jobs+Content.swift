internal import Buckets
public import Postgres
internal import Waking

extension Jobs {
    /// Adds a chunk to a job's input.
    ///
    /// A chunk that is sent again, with the same bytes, changes nothing, so that an upload can be repeated from the last
    /// chunk that was answered.
    ///
    /// - Parameters:
    ///   - number: From 0 on, without gaps.
    ///   - bytes: 1 to ``JobLimits/chunkBytes``.
    /// - Throws: ``JobError`` with `notFound`, `inputClosed`, `outOfOrder` or `tooLarge`; ``PostgresError``.
    public func appendInput(
        _ bytes: [UInt8], number: Int32, to id: JobID, brand: PostgresUUID
    ) async throws -> Job {
        guard !bytes.isEmpty, bytes.count <= JobLimits.chunkBytes else {
            throw JobError.tooLarge("a chunk", bytes: Int64(bytes.count), limit: Int64(JobLimits.chunkBytes))
        }
        guard id.service == self.service else { throw JobError.notFound(id) }
        return try await self.pool.withTransaction { transaction in
            guard let (before, _) = try await self.lock(id, brand: brand, in: transaction) else {
                throw JobError.notFound(id)
            }
            if number >= 0, number < before.input.chunks {
                return try await self.checkRepeated(bytes, number: number, of: before, in: transaction)
            }
            let job = try Self.appending(bytes, number: number, to: before)
            try await self.commit(
                job, before: before.state,
                also: [JobRow.insertChunks([bytes], from: number, isResult: false, of: job)], in: transaction)
            return job
        }
    }

    private static func appending(_ bytes: [UInt8], number: Int32, to before: Job) throws(JobError) -> Job {
        guard before.isInputOpen else {
            throw JobError(.inputClosed, "the job \(before.id) takes no input, or no more")
        }
        guard number == before.input.chunks else {
            throw JobError(.outOfOrder, "chunk \(number) of \(before.id); the next one is \(before.input.chunks)")
        }
        var job = before
        job.input.append(bytes)
        guard job.input.bytes <= JobLimits.inputBytes else {
            throw .tooLarge("an input", bytes: job.input.bytes, limit: JobLimits.inputBytes)
        }
        return job
    }

    private func checkRepeated(
        _ bytes: [UInt8], number: Int32, of job: Job, in transaction: PostgresTransaction
    ) async throws -> Job {
        let rows = try await transaction.query(
            JobChunks.selection, job.id.bucket(of: job.brand).number, job.brand, job.id.uuid, false, number)
        guard try rows.first?.decode([UInt8].self) == bytes else {
            throw JobError(.outOfOrder, "chunk \(number) of \(job.id) was sent before with other bytes")
        }
        return job
    }

    /// Ends a job's input: from here on it may run. Closing again changes nothing.
    ///
    /// - Parameter checksum: The CRC-32 of the whole input, as gzip computes it, where the sender knows it.
    /// - Throws: ``JobError`` with `notFound`, `ended` or `checksumMismatch`; ``PostgresError``.
    public func closeInput(of id: JobID, brand: PostgresUUID, checksum: UInt32? = nil) async throws -> Job {
        let job = try await self.change(id, brand: brand) { job, _ throws(JobError) in
            guard !job.state.isFinal else { throw .ended(job) }
            guard checksum == nil || checksum == job.input.checksum else {
                throw JobError(
                    .checksumMismatch,
                    "the input of \(id) has the CRC-32 \(String(job.input.checksum, radix: 16)), and not the given one")
            }
            job.isInputOpen = false
        }
        self.signal.wake()
        return job
    }

    /// What a job was given, chunk by chunk.
    ///
    /// - Parameters:
    ///   - job: As it was found; chunks that come later are not read.
    ///   - number: The first chunk.
    public func input(of job: Job, from number: Int32 = 0) -> JobChunks {
        JobChunks(pool: self.pool, job: job, isResult: false, from: number)
    }

    /// What a job has given, chunk by chunk.
    public func result(of job: Job, from number: Int32 = 0) -> JobChunks {
        JobChunks(pool: self.pool, job: job, isResult: true, from: number)
    }
}

/// The chunks of a job's input or result, in their order; one is held at a time.
public struct JobChunks: AsyncSequence, Sendable {
    let pool: PostgresPool
    let job: Job
    let isResult: Bool
    let from: Int32

    /// Begins with the first chunk that was asked for.
    public func makeAsyncIterator() -> Iterator { Iterator(chunks: self, next: Swift.max(0, self.from)) }

    /// Reads one chunk after the other.
    public struct Iterator: AsyncIteratorProtocol {
        let chunks: JobChunks
        var next: Int32

        /// The next chunk, or nil after the last.
        ///
        /// - Throws: ``PostgresError``, also where a chunk is missing.
        public mutating func next() async throws(PostgresError) -> [UInt8]? {
            let job = self.chunks.job
            let count = self.chunks.isResult ? job.result.chunks : job.input.chunks
            guard self.next < count else { return nil }
            let rows = try await self.chunks.pool.query(
                JobChunks.selection, job.id.bucket(of: job.brand).number, job.brand, job.id.uuid,
                self.chunks.isResult, self.next)
            guard let row = rows.first else {
                throw .unexpectedValue(column: "number", reason: "chunk \(self.next) of the job \(job.id) is missing")
            }
            self.next += 1
            return try row.decode([UInt8].self)
        }
    }

    static let selection = PostgresStatement(
        """
        select bytes from job_chunk
        where bucket = $1 and brand_id = $2 and job_id = $3 and is_result = $4 and number = $5
        """,
        readOnly: true)
}
