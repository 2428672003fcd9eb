internal import Foundation
internal import Logging
internal import SandboxFeed
internal import SandboxShop

/// Takes in files that are put into folders, one for each shop, and lays orders and results beside them.
///
/// `NAME/` is what sellers put files into, `NAME/done` where they go then, `NAME/results` and `NAME/orders` what comes
/// back. Whoever writes a file writes it as `.part` and renames it, here as there.
struct DropFolder: Sendable {
    /// How often folders are looked at.
    static let interval: Duration = .milliseconds(200)
    /// The files of a shop that are taken in one look.
    static let maximumFiles = 100

    let path: String
    let shops: Shops
    let files: ShopFiles
    let logger: Logger

    /// Looks until the task is cancelled.
    func run() async {
        var told: [String: Moment] = [:]
        while !Task.isCancelled {
            for shop in self.shops.all where shop.platform == .feed {
                do {
                    try self.takeFiles(of: shop)
                    told[shop.name] = try self.layOrders(of: shop, since: told[shop.name])
                } catch {
                    self.logger.error("the drop folder of \(shop.name): \(error)")
                }
            }
            try? await Task.sleep(for: Self.interval)
        }
    }

    private func folder(_ shop: Shop, _ part: String = "") throws -> String {
        let folder = "\(self.path)/\(shop.name)\(part.isEmpty ? "" : "/\(part)")"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }

    private func takeFiles(of shop: Shop) throws {
        let folder = try self.folder(shop)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { name in
            FeedInbox.checked(name) != nil && !name.hasSuffix(".part") && name.contains(".")
        }
        for name in names.sorted().prefix(Self.maximumFiles) {
            guard let content = FileManager.default.contents(atPath: "\(folder)/\(name)") else { continue }
            do {
                _ = try FeedInbox(shop: shop, files: self.files).take(name, Array(content))
            } catch let fault as CSVFault {
                self.logger.warning("the file \(name) of \(shop.name): \(fault)")
            }
            if let result = self.files.read("feeds/\(shop.name)/\(name).result.csv") {
                try self.lay(result, as: "\(name).result.csv", in: try self.folder(shop, "results"))
            }
            // Only now: a file that was not taken whole is taken again.
            guard rename("\(folder)/\(name)", "\(try self.folder(shop, "done"))/\(name)") == 0 else {
                throw JournalFault(
                    description: "\(folder)/\(name) cannot be moved to done: \(String(cString: strerror(errno)))")
            }
        }
    }

    /// Lays the files of orders that changed since a time, or of all.
    ///
    /// - Returns: From when on to look the next time.
    private func layOrders(of shop: Shop, since: Moment?) throws -> Moment {
        let from = ShopIndex.Update(at: since ?? Moment(milliseconds: 0), id: 0)
        let orders = shop.read { state in
            let all = state.index.updates
            return all[all.firstIndex(from: from)...].compactMap { state.orders[$0.id] }
        }
        let folder = try self.folder(shop, "orders")
        for order in orders {
            let (name, content) = (OrderFile.name(of: order), OrderFile.content(of: order))
            guard FileManager.default.contents(atPath: "\(folder)/\(name)") != Data(content) else { continue }
            try self.lay(content, as: name, in: folder)
        }
        // Later changes of the same millisecond must not be missed.
        return orders.last?.updatedAt ?? from.at
    }

    private func lay(_ content: [UInt8], as name: String, in folder: String) throws {
        let part = "\(folder)/\(name).part"
        try Data(content).write(to: URL(filePath: part))
        guard rename(part, "\(folder)/\(name)") == 0 else {
            throw JournalFault(description: "\(part) cannot be renamed: \(String(cString: strerror(errno)))")
        }
    }
}
