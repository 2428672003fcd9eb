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
            let result = try await self.send(kind, key, file(settings), rows: listings.count)
            return PushAnswer(outcomes: result.outcomes(of: listings))
        } catch {
            let fault = error.kind == .doneAlready ? nil : error
            return PushAnswer(outcomes: listings.map { RowOutcome(sku: $0.sku, fault: fault) })
        }
    }

    /// Sends a file of so many rows, and gives what the partner says of them.
    private func send(
        _ kind: String, _ key: String, _ bytes: [UInt8], rows: Int
    ) async throws(PlatformFault) -> FeedResult {
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
        return try await self.result(in: response, rows: rows, settings)
    }

    /// What the answer to a file says of its rows, or the result that it refers to.
    private func result(
        in response: PlatformResponse, rows: Int, _ settings: FeedSettings
    ) async throws(PlatformFault) -> FeedResult {
        switch try FeedReceipt(response, rows: rows, settings) {
        case .result(let result): return result
        case .at(let reference):
            guard let url = FeedAddress(settings.url).following(reference) else {
                throw FeedReceipt.notUnderstood("refers to a result that is at another host", response)
            }
            return try FeedResult(table: try await self.result(at: url), settings)
        }
    }

    /// A result that lies at one of the partner's addresses.
    private func result(at url: String) async throws(PlatformFault) -> [UInt8] {
        do throws(PlatformFault) {
            return try await self.call("GET", url).body
        } catch {
            let isOfCall = [.throttled, .reauthenticate].contains(error.kind)
            throw PlatformFault(
                isOfCall ? error.kind : .retry, code: "result-missing", "the partner's result cannot be had: \(error)",
                retryAfterMilliseconds: error.retryAfterMilliseconds, isOutcomeUnknown: true)
        }
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

    /// Waits for the result of a file, where there is to be one.
    private func result(of name: String, _ settings: FeedSettings) async throws(PlatformFault) -> FeedResult {
        guard !settings.resultsFolder.isEmpty, settings.resultRows != .none else { return .taken }
        let looks = settings.resultSeconds * 1000 / FeedLimits.resultLookMilliseconds
        for look in 0...looks {
            let result = try await Blocking.run { () throws(PlatformFault) in
                try self.folder(settings.resultsFolder).read(name + FeedNames.resultEnding)
            }
            if let result { return try FeedResult(table: result, settings) }
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
            let result = try await self.send(
                kind, task.key, FeedFile.task(task, settings), rows: max(1, task.lines.count))
            return TaskAnswer(fault: result.fault)
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
