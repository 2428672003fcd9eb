internal import ChannelAdapter

extension FeedSession {
    /// The orders of the next files that a partner lists.
    ///
    /// A file that the partner does not give is an order that cannot be read, and is seen as such. Where the partner fails,
    /// what was read until then is a page, and the file is tried again as the next page's first; if others can be read
    /// then, the fault is the file's own.
    func listedOrders(
        _ answer: PlatformResponse, _ settings: FeedSettings, _ since: Int64, _ page: String
    ) async throws(PlatformFault) -> OrderPage {
        let position = try FeedPosition(page)
        let now = self.clock()
        let address = FeedAddress(settings.ordersURL)
        let list = try await self.list(answer, address)
        let entries = Self.unread(list.entries, since, position, now)
        var orders =
            page.isEmpty ? list.others.prefix(FeedLimits.ordersPage).map { Self.unreadable($0.name, $0.text, now) } : []
        var failed: (entry: FeedEntry, fault: PlatformFault)?
        for (place, entry) in entries.enumerated() {
            guard place < FeedLimits.filesPage, orders.count < FeedLimits.ordersPage else {
                return OrderPage(orders: orders, next: FeedPosition(entry, order: 0).text)
            }
            let found: [PlatformOrder]
            do throws(PlatformFault) {
                found = try await self.orders(of: entry, address, settings, now)
            } catch {
                if place == 0, error.kind == .retry || error.kind == .unknown {
                    failed = (entry, error)
                    continue
                }
                if place == 0 || failed != nil { throw failed?.fault ?? error }
                return OrderPage(orders: orders, next: FeedPosition(entry, order: 0).text)
            }
            if let (entry, fault) = failed { orders.append(.unreadable(entry, fault)) }
            failed = nil
            let start = position.isAt(entry) ? position.order : 0
            let end = min(found.count, start + FeedLimits.ordersPage - orders.count)
            if start < end { orders += found[start..<end] }
            if end < found.count { return OrderPage(orders: orders, next: FeedPosition(entry, order: end).text) }
        }
        if let failed { throw failed.fault }
        return OrderPage(orders: orders, next: "")
    }

    /// All that a partner lists, with the pages behind the first.
    private func list(_ answer: PlatformResponse, _ address: FeedAddress) async throws(PlatformFault) -> FeedOrderList {
        var list = try FeedOrderList(answer.body)
        var (next, pages) = (list.next, 1)
        while !next.isEmpty {
            guard let url = address.following(next) else {
                throw .notUnderstood("next in the list of order files", "is no query, path or address at the same host")
            }
            guard pages < FeedLimits.listPages else {
                throw PlatformFault(
                    .retry, code: "list-too-long",
                    "the list of order files has more than \(FeedLimits.listPages) pages; valid are at most so many")
            }
            let page = try FeedOrderList(try await self.call("GET", url).body)
            list.append(page)
            (next, pages) = (page.next, pages + 1)
        }
        return list
    }

    /// What of a list is to be read, in the order of time. A file that is listed twice is one file, as it was changed
    /// last.
    private static func unread(
        _ entries: [FeedEntry], _ since: Int64, _ position: FeedPosition, _ now: Int64
    ) -> [FeedEntry] {
        var times: [String: Int64] = [:]
        for entry in entries { times[entry.name] = max(entry.changedAt, times[entry.name] ?? .min) }
        return times.map { FeedEntry(name: $0.key, changedAt: $0.value) }.filter { entry in
            // A partner's clock may be wrong: what is far ahead was not changed just now.
            let isSettled = abs(now - entry.changedAt) >= FeedLimits.settleSeconds * 1_000_000
            return entry.changedAt >= since && isSettled && !position.isBehind(entry)
        }.sorted(by: FeedEntry.isBefore)
    }

    /// - Throws: A fault where the partner failed; one that is about the file becomes an order that cannot be read.
    private func orders(
        of entry: FeedEntry, _ address: FeedAddress, _ settings: FeedSettings, _ now: Int64
    ) async throws(PlatformFault) -> [PlatformOrder] {
        do throws(PlatformFault) {
            let body = try await self.call("GET", address.file(entry.name)).body
            return FeedOrderFile(name: entry.name, bytes: body, changedAt: entry.changedAt, now: now).orders(settings)
        } catch {
            switch error.kind {
            case .refused, .stop, .doneAlready, .stale: return [.unreadable(entry, error)]
            case .retry, .throttled, .reauthenticate, .unknown: throw error
            }
        }
    }

    private static func unreadable(_ name: String, _ text: [UInt8], _ now: Int64) -> PlatformOrder {
        FeedOrderFile(name: name, bytes: text, changedAt: nil, now: now)
            .unreadable("file \(name)", FeedOrderFile.body(saying: "\(name) is listed without a name or a time", text))
    }
}
