import OrderMessages

@testable import OrderFiles

/// Reads and writes whole files of orders for tests.
enum OrderFileReading {
    static func read(
        _ text: String, _ options: OrderImportOptions, pieces: Int = 11
    ) throws -> [OrderRecord] {
        var reader = try OrderFileFormats.reader(for: options, OrderJSON())
        let bytes = Array(text.utf8)
        var records: [OrderRecord] = []
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            try reader.append(Array(bytes[start..<min(start + pieces, bytes.count)]))
            while let record = try reader.next() { records.append(record) }
        }
        try reader.complete()
        while let record = try reader.next() { records.append(record) }
        return records
    }

    static func fault(_ text: String, _ options: OrderImportOptions) throws -> OrderFileFault? {
        do {
            _ = try Self.read(text, options)
            return nil
        } catch let fault as OrderFileFault {
            return fault
        }
    }

    static func written(_ orders: [Order], _ format: OrderFileFormat) throws -> String {
        var writer = try OrderFileFormats.writer(for: OrderExportOptions(format: format), OrderJSON())
        for order in orders { try writer.append(order) }
        return String(decoding: writer.take(), as: UTF8.self)
    }
}

extension OrderRecord {
    var order: PlaceOrderRequest? {
        if case .order(let order) = self.content { order } else { nil }
    }
    var failed: FailedOrder? {
        if case .refused(let failed) = self.content { failed } else { nil }
    }
}
