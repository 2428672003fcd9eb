internal import ChannelAdapter
internal import FileFormats

/// What a partner lists of its order files: JSON of our own making, or as web servers list a folder.
struct FeedOrderList {
    /// What partners and servers call the time of a file's last change.
    private static let timeNames = ["updatedAt", "changedAt", "modifiedAt", "mtime", "mod_time"]

    /// Files, each once.
    private(set) var entries: [FeedEntry] = []
    /// What stands in the list and is not the name of a file with its time.
    private(set) var others: [(name: String, text: [UInt8])] = []
    /// Where the list goes on; empty: that was all.
    let next: String

    /// Whether an answer is a list, and not a file.
    static func isList(_ response: PlatformResponse) -> Bool { response.isJSON }

    init(_ bytes: [UInt8]) throws(PlatformFault) {
        guard let json = try? JSONValue(bytes[...]) else {
            throw .notUnderstood("the list of order files", "is no JSON")
        }
        let files: JSONValue
        if case .array = json {
            files = json
        } else if case .array? = json["files"], let listed = json["files"] {
            files = listed
        } else {
            throw .notUnderstood("the list of order files", "is neither an array nor an object with files")
        }
        self.next = json["next"]?.text ?? ""
        for (place, file) in files.elements.enumerated() { self.take(file, at: place) }
    }

    private mutating func take(_ file: JSONValue, at place: Int) {
        if file["is_dir"]?.truth == true || file["type"]?.text == "directory" { return }
        let name = file["name"]?.text ?? ""
        if FeedEntry.isPassedOver(name) { return }
        let time = Self.timeNames.lazy.compactMap { file[$0] }.first.flatMap { Self.microseconds($0) }
        guard FeedEntry.isName(name), let time else {
            self.others.append((name.isEmpty ? "list entry \(place + 1)" : name, file.bytes))
            return
        }
        self.entries.append(FeedEntry(name: name, changedAt: time))
    }

    /// A time as text, or in milliseconds since 1970.
    private static func microseconds(_ value: JSONValue) -> Int64? {
        if case .string(let text) = value { return PlatformTime.microseconds(text) ?? HTTPDate.microseconds(text) }
        guard let milliseconds = value.integer, (0...253_402_300_799_000).contains(milliseconds) else { return nil }
        return milliseconds * 1_000
    }

    /// Takes in what a further page of the list has.
    mutating func append(_ list: FeedOrderList) {
        self.entries += list.entries
        self.others += list.others
    }
}

extension PlatformResponse {
    /// Whether its body is JSON, as it says.
    var isJSON: Bool { self.header("Content-Type")?.lowercased().contains("json") ?? false }
}

/// A file of orders that lies in a folder or is listed.
struct FeedEntry: Hashable, Sendable {
    private static let nameBytes = 255

    let name: String
    /// When it came or was written to, in microseconds since 1970.
    let changedAt: Int64

    /// Whether a file of that name is none, or not complete yet.
    static func isPassedOver(_ name: String) -> Bool {
        name.hasPrefix(".") || name.hasSuffix(".part") || name.hasSuffix(".tmp")
    }

    /// Whether a text can be a file's name.
    static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= Self.nameBytes
            && name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") }
    }

    /// The earlier one first, and of one time by name.
    static func isBefore(_ left: FeedEntry, _ right: FeedEntry) -> Bool {
        (left.changedAt, left.name) < (right.changedAt, right.name)
    }
}

/// Instants as HTTP has them: "Sat, 31 Jan 2026 08:30:00 GMT".
enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// In microseconds since 1970; nil: it says none.
    static func microseconds(_ text: String) -> Int64? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = Self.months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return PlatformTime.microseconds("\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")
    }
}
