import OrderDomain
import OrderMessages

@testable import OrderFiles

/// Reads whole settlements for tests, in pieces of a length.
enum SettlementReading {
    static func read(
        _ bytes: [UInt8], _ options: SettlementOptions, pieces: Int = 7
    ) throws(OrderFileFault) -> (rows: [SettlementRow], header: SettlementHeader) {
        var reader = try SettlementFormats.reader(for: options)
        var rows: [SettlementRow] = []
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            try reader.append(Array(bytes[start..<min(start + pieces, bytes.count)]))
            while let row = try reader.next() { rows.append(row) }
        }
        try reader.complete()
        while let row = try reader.next() { rows.append(row) }
        return (rows, reader.header)
    }

    static func read(
        _ text: String, _ options: SettlementOptions
    ) throws(OrderFileFault) -> (rows: [SettlementRow], header: SettlementHeader) {
        try Self.read(Array(text.utf8), options)
    }

    static func fault(_ text: String, _ options: SettlementOptions) -> OrderFileFault? {
        do throws(OrderFileFault) {
            _ = try Self.read(text, options)
            return nil
        } catch {
            return error
        }
    }
}
