import DrivelineTesting
import Postgres
import Testing

@testable import Jobs

@Suite("How a job comes forward") struct JobProgressionTests {
    @Test("the job is as the last step has left it, in whichever order they learn that they were committed")
    func order() async throws {
        try await withJobs { pool in
            let jobs = Jobs(pool, service: "test")
            var job = try await jobs.create(JobRequest(brand: brandOne, kind: "count"))
            var progression = JobProgression(job)
            let first = progression.begin(at: job)
            #expect(progression.job.cursor == nil)
            job.cursor = [1]
            let afterFirst = job
            // The row says that the first step was committed before that step knows.
            let second = progression.begin(at: afterFirst)
            #expect(progression.job.cursor == [1])
            job.cursor = [2]
            progression.end(at: job, of: second)
            progression.end(at: afterFirst, of: first)
            #expect(progression.job.cursor == [2])
        }
    }
}
