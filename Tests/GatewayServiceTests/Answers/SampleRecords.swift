import RPC
import RPCMessages
import SampleAPI
import SampleMessages
import Synchronization
import Wire

/// A service of records with versions, whose answers caches may keep.
final class SampleRecords: RecordService {
    private let records = Mutex<[String: Record]>([:])

    func saveRecord(_ request: SaveRecordRequest, context: ServerContext) async throws -> SaveRecordResponse {
        guard var record = request.record, record.name != "lost" else { return SaveRecordResponse(created: true) }
        return self.records.withLock { records in
            let version = records[record.name]?.version ?? 0
            record.version = version + 1
            records[record.name] = record
            return SaveRecordResponse(record: record, created: version == 0)
        }
    }

    func getRecord(_ request: GetRecordRequest, context: ServerContext) async throws -> Record {
        guard let record = self.records.withLock({ $0[request.name] }) else {
            throw RPCError(.notFound, "there is no such record", type: "no-record", reason: .notFound)
        }
        return record
    }

    func listRecords(_ request: ListRecordsRequest, context: ServerContext) async throws -> ListRecordsResponse {
        ListRecordsResponse(records: self.records.withLock { $0.values.sorted { $0.name < $1.name } })
    }

    func getNotice(_ request: GetNoticeRequest, context: ServerContext) async throws -> Record {
        Record(name: "notice")
    }
}
