internal import FileFormats
internal import Gzip
public import Jobs
internal import Postgres
internal import RPC
internal import RPCMessages
internal import Wire

extension Jobs {
    /// Takes the file of a job from its beginning: what is kept already is compared. One that is gzip is kept decompressed.
    public func upload<Bytes: AsyncSequence>(
        _ bytes: Bytes, to job: Job
    ) async throws -> Job where Bytes.Element == [UInt8] {
        var unpacking = try FileUnpacking(GzipDecoder.Limits(bytes: JobLimits.inputBytes))
        var chunks = FileChunks(chunkBytes: JobLimits.chunkBytes)
        var number: Int32 = 0
        func take() async throws {
            while let piece = try unpacking.next() {
                for chunk in chunks.append(piece) {
                    _ = try await self.appendInput(chunk, number: number, to: job.id, brand: job.brand)
                    number += 1
                }
            }
        }
        for try await piece in bytes {
            try unpacking.append(piece)
            try await take()
        }
        try unpacking.complete()
        try await take()
        if let last = chunks.last {
            _ = try await self.appendInput(last, number: number, to: job.id, brand: job.brand)
        }
        // One that has been uploaded before may have ended.
        if let found = try await self.find(job.id, brand: job.brand), !found.isInputOpen { return found }
        return try await self.closeInput(of: job.id, brand: job.brand)
    }

    /// Takes the file that a job waits for, as served. What cannot be its file ends the job: it would be no better when it is sent again, and what is kept of it
    /// leaves no room for another one.
    public func takeFile(_ input: ServedJobInput, of job: Job) async throws -> Job {
        do {
            return try await self.upload(input, to: job)
        } catch let error as GzipError {
            let reason = error.code == .tooLarge ? Reason.messageTooLarge : .fieldInvalid
            throw await self.refusal(of: job, "\(error)", type: error.code.description, reason)
        } catch let error as JobError where error.code == .tooLarge {
            throw await self.refusal(of: job, error.message, type: "file-too-large", .messageTooLarge)
        }
    }

    private func refusal(of job: Job, _ message: String, type: String, _ reason: Reason) async -> RPCError {
        let isCancelled = (try? await self.requestCancel(job.id, brand: job.brand)) != nil
        let end = isCancelled ? "; the job is cancelled, begin another one" : ""
        return RPCError(.invalidArgument, message + end, type: type, reason: reason)
    }
}
