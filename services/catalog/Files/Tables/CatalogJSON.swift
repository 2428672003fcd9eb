internal import CatalogMessages
internal import FileFormats
internal import ProtobufC
public import Transcoding

/// Products and fitments in JSON, as docs/api.md has them: what readers and writers of CSV and JSON go by.
///
/// It is made of the descriptors that are linked with the messages, by the tables that the gateway goes by: so every field
/// is known here, and faults are named as in answers. Made once, in about a millisecond; it does not change and serves
/// all threads.
public struct CatalogJSON: Sendable {
    /// The most bytes of a record: of a document of JSON, or of a row of CSV with its line's end.
    public static let maximumRecordBytes = 1_048_576

    let product: RecordJSON<Product>
    let fitment: RecordJSON<Fitment>

    /// Compiles the descriptors.
    ///
    /// - Throws: `SchemaError` where they are not as they were when this was written.
    public init() throws(SchemaError) {
        let schema = try Schema([CatalogDescriptors.fileDescriptorSet])
        self.product = try RecordJSON(schema, onlyInAnswers: ["version", "createdAt", "changedAt"])
        self.fitment = try RecordJSON(schema, onlyInAnswers: ["fitmentId", "origin", "importId"])
    }
}

/// One kind of record in JSON.
struct RecordJSON<Record: Message>: Sendable {
    let schema: Schema
    /// What a file can say, in the order of the proto file.
    let fields: [Schema.Field]
    /// What stands in answers only; a file that has it was made of them, so that it is passed over.
    let onlyInAnswers: Set<String>

    private let transcoder: Transcoder
    private let type: MessageType
    /// How a record is written that says nothing.
    private let empty: [String: [UInt8]]

    init(_ schema: Schema, onlyInAnswers: Set<String>) throws(SchemaError) {
        guard let type = schema.message(Record.fullName) else {
            throw SchemaError(subject: Record.fullName, reason: "is not among the descriptors")
        }
        self.schema = schema
        self.type = type
        self.onlyInAnswers = onlyInAnswers
        self.fields = schema.fields(of: type).filter { !onlyInAnswers.contains($0.name) }
        self.transcoder = Transcoder(
            schema, limits: TranscodingLimits(maximumInputBytes: 2 * CatalogJSON.maximumRecordBytes))
        do throws(TranscodingError) {
            let members = JSONMembers(try self.transcoder.json(wire: [], of: type)[...])?.all ?? []
            self.empty = Dictionary(members.map { ($0.name, Array($0.value)) }) { first, _ in first }
        } catch {
            throw SchemaError(subject: Record.fullName, reason: error.message)
        }
    }

    /// Reads a document.
    ///
    /// - Parameter name: What a field is called in the file.
    func record(_ json: [UInt8], name: (String) -> String = { $0 }) throws(RecordFault) -> Record {
        let wire: [UInt8]
        do throws(TranscodingError) { wire = try self.transcoder.wire(json: json, of: self.type) } catch {
            throw RecordFault(error, name: name)
        }
        do throws(DecodingError) { return try Record(decoding: wire) } catch {
            throw RecordFault(field: "", message: "the record cannot be kept: \(error)")
        }
    }

    /// The members by which a record says something, in the order of the proto file; nil: it is too large to be written.
    func members(_ record: Record) -> [JSONMembers.Member]? {
        guard let wire = try? record.encodedBytes(), let json = try? self.transcoder.json(wire: wire, of: self.type)
        else { return nil }
        return JSONMembers(json[...])?.all.filter {
            !self.onlyInAnswers.contains($0.name) && self.empty[$0.name]?.elementsEqual($0.value) != true
        }
    }
}
