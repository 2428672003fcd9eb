internal import ChannelAdapter
internal import FileFormats

extension FeedSession {
    func pushStock(_ rows: [StockRow], key: String) async -> PushAnswer {
        await self.push("stock", rows.map(\.listing), key) { FeedFile.stock(rows, $0) }
    }

    func pushPrices(_ rows: [PriceRow], key: String) async -> PushAnswer {
        await self.push("price", rows.map(\.listing), key) { FeedFile.prices(rows, $0) }
    }

    func pushContent(_ rows: [ContentRow], key: String) async -> PushAnswer {
        await self.push("content", rows.map(\.listing), key) { FeedFile.content(rows, delimiter: $0.delimiter) }
    }

    /// Sends a file and reads what became of its rows.
    private func push(
        _ kind: String, _ listings: [ListingReference], _ key: String, _ file: (FeedSettings) -> [UInt8]
    ) async -> PushAnswer {
        do throws(PlatformFault) {
            let settings = try self.settings.get()
            let limit = kind == "content" ? FeedLimits.contentRows : FeedLimits.rows
            guard listings.count <= limit else {
                throw PlatformFault(
                    .refused, code: "too-many-rows", "a file has at most \(limit) rows, and there are \(listings.count)"
                )
            }
            let result = try await self.send(kind, key, file(settings))
            return PushAnswer(outcomes: try FeedResult.outcomes(of: listings, result, settings))
        } catch {
            let fault = error.kind == .doneAlready ? nil : error
            return PushAnswer(outcomes: listings.map { RowOutcome(sku: $0.sku, fault: fault) })
        }
    }

    /// Sends a file.
    ///
    /// - Returns: The partner's result; nil: it gives none.
    private func send(_ kind: String, _ key: String, _ bytes: [UInt8]) async throws(PlatformFault) -> [UInt8]? {
        let settings = try self.settings.get()
        let name = FeedNames.name(kind, key, at: self.clock())
        guard settings.folder.isEmpty else {
            let isFull = settings.isFull && kind != "content"
            let sent = try await Blocking.run { () throws(PlatformFault) in
                let folder = try self.folder(settings.folder)
                if let known = try self.sentName(key, folder, settings) { return known }
                let all = isFull ? try FeedFullFile.merged(kind, bytes, settings, folder) : bytes
                try folder.write(name, all)
                return name
            }
            return try await self.result(of: sent, settings)
        }
        let response = try await self.call("PUT", "\(settings.url)/\(name)", key: key, body: bytes)
        let isTable = response.header("Content-Type")?.lowercased().hasPrefix("text/csv") ?? false
        return isTable && !response.body.isEmpty ? response.body : nil
    }

    /// The name of a file that was sent under a key: one that lies in the folder, or whose result is there. Blocks.
    private func sentName(
        _ key: String, _ folder: FeedFolder, _ settings: FeedSettings
    ) throws(PlatformFault) -> String? {
        let ending = FeedNames.ending(key)
        if let known = try folder.entries().first(where: { $0.name.hasSuffix(ending) }) { return known.name }
        guard !settings.resultsFolder.isEmpty else { return nil }
        let results = try self.folder(settings.resultsFolder).entries()
        let result = results.first { $0.name.hasSuffix(ending + FeedNames.resultEnding) }
        return result.map { String($0.name.dropLast(FeedNames.resultEnding.count)) }
    }

    /// Waits for the result of a file; nil: none is waited for.
    private func result(of name: String, _ settings: FeedSettings) async throws(PlatformFault) -> [UInt8]? {
        guard !settings.resultsFolder.isEmpty else { return nil }
        let looks = settings.resultSeconds * 1000 / FeedLimits.resultLookMilliseconds
        for look in 0...looks {
            let result = try await Blocking.run { () throws(PlatformFault) in
                try self.folder(settings.resultsFolder).read(name + FeedNames.resultEnding)
            }
            if let result { return result }
            guard look < looks, (try? await Task.sleep(for: .milliseconds(FeedLimits.resultLookMilliseconds))) != nil
            else {
                break
            }
        }
        throw PlatformFault(
            .retry, code: "result-missing", "the partner has written no result of \(name) yet", isOutcomeUnknown: true)
    }

    func carryOut(_ task: OrderTaskCall) async -> TaskAnswer {
        let kind =
            switch task.kind {
            case .acknowledge: "acknowledgement"
            case .ship: "shipment"
            case .cancel: "cancellation"
            case .refund: "refund"
            }
        do throws(PlatformFault) {
            let settings = try self.settings.get()
            let result = try await self.send(kind, task.key, FeedFile.task(task, settings))
            return TaskAnswer(
                fault: try result.flatMap { result throws(PlatformFault) in
                    try FeedResult.firstFault(result, settings)
                })
        } catch {
            return TaskAnswer(fault: error.kind == .doneAlready ? nil : error)
        }
    }
}

/// Files that have all that was ever sent: what was sent before is kept in the drop folder itself, in a file that begins
/// with a point.
enum FeedFullFile {
    /// The rows of a file, in place of those of the same SKU, with all others that were ever sent.
    static func merged(
        _ kind: String, _ bytes: [UInt8], _ settings: FeedSettings, _ folder: FeedFolder
    )
        throws(PlatformFault) -> [UInt8]
    {
        let name = ".\(kind).all"
        let changed = try FeedTable(bytes, delimiter: settings.delimiter)
        var rows: [(sku: String, fields: [String])] = []
        var places: [String: Int] = [:]
        var tables = [changed]
        if let known = try folder.read(name, atMost: FeedLimits.fullFileBytes) {
            tables.insert(try FeedTable(known, delimiter: settings.delimiter), at: 0)
        }
        for row in tables.flatMap(\.rows) {
            guard row.fault == nil, let sku = row.fields.first else { continue }
            if let place = places[sku] {
                rows[place].fields = row.fields
            } else {
                places[sku] = rows.count
                rows.append((sku, row.fields))
            }
        }
        var text = CSVText(delimiter: settings.delimiter)
        text.row(changed.columns)
        for row in rows { text.row(row.fields) }
        try folder.write(name, text.bytes)
        return text.bytes
    }
}

/// What a partner says of the rows of a file.
enum FeedResult {
    private static let accepted: Set<String> = ["ok", "accepted", "success", "done", "unchanged"]

    /// What became of each row, in their order.
    ///
    /// - Parameter result: The partner's table; nil: it gives none, and
    ///   that the file was taken is all that is known.
    static func outcomes(
        of listings: [ListingReference], _ result: [UInt8]?, _ settings: FeedSettings
    )
        throws(PlatformFault) -> [RowOutcome]
    {
        guard let result else { return listings.map { RowOutcome(sku: $0.sku) } }
        let table = try Self.table(result, settings)
        var faults: [String: PlatformFault?] = [:]
        for row in table.rows {
            let fault = Self.fault(of: row, table, settings)
            // A row that is refused once is refused, whatever another row says.
            let sku = table.text(row, settings.resultColumns.name("sku"))
            if let known = faults[sku], known != nil { continue }
            faults[sku] = .some(fault)
        }
        return listings.map { listing in
            if let fault = faults[listing.feedSKU] { return RowOutcome(sku: listing.sku, fault: fault) }
            let missing = PlatformFault(
                .retry, code: "not-answered", "the partner's result says nothing of the row", isOutcomeUnknown: true)
            return RowOutcome(sku: listing.sku, fault: settings.hasAllResults ? missing : nil)
        }
    }

    /// The fault of the first row that is refused; nil: none is.
    static func firstFault(_ result: [UInt8], _ settings: FeedSettings) throws(PlatformFault) -> PlatformFault? {
        let table = try Self.table(result, settings)
        return table.rows.lazy.compactMap { Self.fault(of: $0, table, settings) }.first
    }

    private static func fault(of row: FeedTable.Row, _ table: FeedTable, _ settings: FeedSettings) -> PlatformFault? {
        let text = { (field: String) in table.text(row, settings.resultColumns.name(field)) }
        guard !Self.accepted.contains(text("status").lowercased()) else { return nil }
        return PlatformFault(.refused, code: text("code").isEmpty ? "row-refused" : text("code"), text("message"))
    }

    private static func table(_ bytes: [UInt8], _ settings: FeedSettings) throws(PlatformFault) -> FeedTable {
        let unreadable = { (what: String) in
            PlatformFault(.retry, code: "result-unreadable", "the partner's result \(what)", isOutcomeUnknown: true)
        }
        let table: FeedTable
        do throws(PlatformFault) {
            table = try FeedTable(bytes, delimiter: settings.delimiter)
        } catch {
            throw unreadable("is no table: \(error.message)")
        }
        let columns = settings.resultColumns
        guard table.has(columns.name("sku")), table.has(columns.name("status")) else {
            throw unreadable("has no columns \(columns.name("sku")) and \(columns.name("status"))")
        }
        return table
    }
}
