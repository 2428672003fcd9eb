internal import ChannelAdapter
internal import Crypto
internal import FileFormats

extension FeedSession {
    func orders(since: Int64, page: String) async throws(PlatformFault) -> OrderPage {
        let settings = try self.settings.get()
        if !settings.ordersFolder.isEmpty { return try await self.folderOrders(settings, since, page) }
        guard !settings.ordersURL.isEmpty else { return OrderPage(orders: [], next: "") }
        // Of a list, what is before the page need not be listed again.
        let reached = (try? FeedPosition(page))?.changedAt ?? since
        let url = self.ordersURL(settings, since: max(since, reached))
        let answer = try await self.call("GET", url)
        guard !answer.body.isEmpty else { return OrderPage(orders: [], next: "") }
        if FeedOrderList.isList(answer) { return try await self.listedOrders(answer, settings, since, page) }
        let orders = FeedOrderFile(name: "the order file", bytes: answer.body, changedAt: nil, now: self.clock())
            .orders(settings)
        let start = page.isEmpty ? 0 : max(0, Int(page) ?? 0)
        let end = min(orders.count, start + FeedLimits.ordersPage)
        guard start < end else { return OrderPage(orders: [], next: "") }
        return OrderPage(orders: Array(orders[start..<end]), next: end < orders.count ? "\(end)" : "")
    }

    /// The orders of the next file, or of its next part. Files are never changed, moved or removed.
    private func folderOrders(
        _ settings: FeedSettings, _ since: Int64, _ page: String
    ) async throws(PlatformFault)
        -> OrderPage
    {
        let position = try FeedPosition(page)
        let now = self.clock()
        return try await Blocking.run { () throws(PlatformFault) in
            let folder = try self.folder(settings.ordersFolder)
            let settled = now - FeedLimits.settleSeconds * 1_000_000
            let entries = try folder.entries().filter { entry in
                entry.changedAt >= since && entry.changedAt <= settled && !position.isBehind(entry)
            }
            guard let entry = entries.first else { return OrderPage(orders: [], next: "") }
            let start = position.isAt(entry) ? position.order : 0
            let orders = Self.orders(of: entry, folder, settings, now)
            let end = min(orders.count, start + FeedLimits.ordersPage)
            var next = ""
            if end < orders.count {
                next = FeedPosition(entry, order: end).text
            } else if entries.count > 1 {
                next = FeedPosition(entry, order: .max).text
            }
            return OrderPage(orders: start < end ? Array(orders[start..<end]) : [], next: next)
        }
    }

    /// A file that cannot be read harms no other: it becomes an order that cannot be read, and is seen as such.
    private static func orders(
        of entry: FeedEntry, _ folder: FeedFolder, _ settings: FeedSettings, _ now: Int64
    ) -> [PlatformOrder] {
        do throws(PlatformFault) {
            guard let bytes = try folder.read(entry.name) else { return [] }
            return FeedOrderFile(name: entry.name, bytes: bytes, changedAt: entry.changedAt, now: now)
                .orders(settings)
        } catch {
            return [.unreadable(entry, error)]
        }
    }

    func order(id: String) async throws(PlatformFault) -> PlatformOrder {
        var (page, found) = ("", PlatformOrder?.none)
        repeat {
            let orders = try await self.orders(since: 0, page: page)
            // What came last counts.
            found = orders.orders.last { $0.id == id } ?? found
            page = orders.next
        } while !page.isEmpty
        guard let found else {
            throw PlatformFault(.refused, code: "order-missing", "no file of the partner has the order \(id)")
        }
        return found
    }
}

/// Where in the files of a folder reading goes on.
struct FeedPosition {
    /// When the file came; before all of them where there is none.
    let changedAt: Int64
    private let name: String
    /// The place in its orders; behind all of them where it is the greatest number.
    let order: Int

    init(_ entry: FeedEntry, order: Int) {
        self.changedAt = entry.changedAt
        self.name = entry.name
        self.order = order
    }

    /// - Parameter page: Empty: before all files.
    init(_ page: String) throws(PlatformFault) {
        if page.isEmpty {
            (self.changedAt, self.name, self.order) = (.min, "", 0)
            return
        }
        let parts = page.split(separator: "/", maxSplits: 2)
        guard parts.count == 3, let changedAt = Int64(parts[0]), let order = Int(parts[1]), order >= 0 else {
            throw PlatformFault(.refused, code: "page-invalid", "\(page.debugDescription) is no page of order files")
        }
        (self.changedAt, self.name, self.order) = (changedAt, String(parts[2]), order)
    }

    var text: String { "\(self.changedAt)/\(self.order)/\(self.name)" }

    func isAt(_ entry: FeedEntry) -> Bool { entry.changedAt == self.changedAt && entry.name == self.name }

    /// Whether all of a file was read.
    func isBehind(_ entry: FeedEntry) -> Bool {
        if self.isAt(entry) { return self.order == .max }
        return FeedEntry.isBefore(entry, FeedEntry(name: self.name, changedAt: self.changedAt))
    }
}

/// A file of orders: a row for each line, rows of one order anywhere in it.
struct FeedOrderFile {
    /// What stands between the columns of an order's body, whatever it is in the file.
    static let bodyDelimiter = UInt8(ascii: ",")
    /// What the column of the status is called in an order's body, whatever it is in the file.
    static let statusColumn = "status"
    /// The only column of the body of what cannot be read, where that is not the file's own text.
    static let faultColumn = "cannot be read"

    let name: String
    let bytes: [UInt8]
    /// When it came; nil: not known, and the orders' own times count.
    let changedAt: Int64?
    let now: Int64

    /// Its orders, in the order of their first rows. What cannot be read is an order of its own, whose body says so when
    /// it is read.
    func orders(_ settings: FeedSettings) -> [PlatformOrder] {
        let table: FeedTable
        do throws(PlatformFault) {
            table = try FeedTable(self.bytes, delimiter: settings.delimiter)
        } catch {
            return [self.unreadable("file \(self.name)", Array(self.bytes.prefix(65_536)))]
        }
        var orders: [(id: String, rows: [FeedTable.Row])] = []
        var places: [String: Int] = [:]
        var others: [PlatformOrder] = []
        for row in table.rows {
            let id = table.text(row, settings.orderColumns.name("orderId"))
            guard row.fault == nil, !id.isEmpty, id.utf8.count <= 128 else {
                let body = self.body(table, [row], settings)
                others.append(self.unreadable("file \(self.name) line \(row.line)", body))
                continue
            }
            if let place = places[id] {
                orders[place].rows.append(row)
            } else {
                places[id] = orders.count
                orders.append((id, [row]))
            }
        }
        return orders.map { order in
            let body = self.body(table, order.rows, settings)
            let date = PlatformTime.microseconds(table.text(order.rows[0], settings.orderColumns.name("orderDate")))
            return PlatformOrder(id: order.id, changedAt: self.changedAt(date, body), body: body)
        } + others
    }

    private func body(_ table: FeedTable, _ rows: [FeedTable.Row], _ settings: FeedSettings) -> [UInt8] {
        let status = settings.orderColumns.name(Self.statusColumn)
        return table.text(of: rows, delimiter: Self.bodyDelimiter, renaming: status, to: Self.statusColumn)
    }

    /// The body of an order that says why it is none, with what is there of it.
    static func body(saying reason: String, _ text: [UInt8] = []) -> [UInt8] {
        var body = CSVText(delimiter: Self.bodyDelimiter)
        body.row([Self.faultColumn])
        body.row([reason])
        if !text.isEmpty { body.row([String(decoding: text, as: UTF8.self)]) }
        return body.bytes
    }

    func unreadable(_ id: String, _ body: [UInt8]) -> PlatformOrder {
        PlatformOrder(id: String(id.prefix(128)), changedAt: self.changedAt(nil, body), body: body)
    }

    /// The same for the same content, and another for another one, also where nothing says when it was changed, or only to
    /// the second: what is below it is made of the content.
    private func changedAt(_ date: Int64?, _ body: [UInt8]) -> Int64 {
        if let changedAt, changedAt % 1_000_000 != 0 { return changedAt }
        let fraction = SHA256.hash(data: body).prefix(4).reduce(Int64(0)) { $0 << 8 | Int64($1) } % 1_000_000
        let second = (self.changedAt ?? min(date ?? 0, self.now)) / 1_000_000
        return second * 1_000_000 + fraction
    }
}

extension PlatformOrder {
    /// What stands for a file that cannot be had, and says why.
    static func unreadable(_ entry: FeedEntry, _ fault: PlatformFault) -> PlatformOrder {
        PlatformOrder(
            id: String("file \(entry.name)".prefix(128)), changedAt: entry.changedAt,
            body: FeedOrderFile.body(saying: "\(entry.name): \(fault.message)"))
    }
}
