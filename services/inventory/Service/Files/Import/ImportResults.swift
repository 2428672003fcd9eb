internal import InventoryMessages

/// What an import leaves: two files in one row of chunks, told apart by each chunk's first byte.
enum ImportResultFile: UInt8, CaseIterable, Sendable {
    /// One row for each row that was refused.
    case failedRows = 1
    /// One row for each number that a dry run would change.
    case differences = 2

    /// The file that a request names; nil: none that is known.
    init?(_ result: ImportResult) {
        switch result {
        case .failedRows: self = .failedRows
        case .differences: self = .differences
        default: return nil
        }
    }

    /// The file's first line.
    var header: String {
        switch self {
        case .failedRows: "line,sku,locationId,field,reason,message,expected,text\r\n"
        case .differences: "line,sku,locationId,field,old,new\r\n"
        }
    }

    /// The chunk that keeps some of the file's bytes.
    func chunk(_ bytes: some Sequence<UInt8>) -> [UInt8] { [self.rawValue] + bytes }

    /// The file's bytes in a chunk; nil: it is one of the other file's.
    func bytes(of chunk: [UInt8]) -> [UInt8]? {
        chunk.first == self.rawValue ? Array(chunk.dropFirst()) : nil
    }
}
