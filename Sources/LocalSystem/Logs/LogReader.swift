internal import Foundation

/// Reads the log files of a data folder, also while they grow and are rotated.
public struct LogReader: Sendable {
    /// The lines of a part that can be asked for at the most.
    public static let maximumLines = 10_000
    /// How often a followed file is looked at, in seconds.
    static let followSeconds = 0.1
    /// The bytes at a file's end that are searched for its last lines.
    static let maximumTailBytes: UInt64 = 4_194_304
    /// What is read of a file at once.
    private static let readBytes = 65_536

    /// A line and the part that wrote it.
    public struct Entry: Sendable, Hashable {
        /// The part.
        public let name: String
        /// What it wrote.
        public let line: LogLine
    }

    private let folder: DataFolder

    /// The logs of a folder.
    public init(_ folder: DataFolder) { self.folder = folder }

    /// The parts that have a log: the servers, then the others by name.
    public var names: [String] {
        let path = self.folder.logs.path(percentEncoded: false)
        let files = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
        let servers = ServicePlan.Server.allCases.map(\.rawValue).filter {
            FileManager.default.fileExists(atPath: self.folder.log(of: $0).path(percentEncoded: false))
        }
        return servers + files.filter { $0.hasSuffix(".log") }.map { String($0.dropLast(4)) }
    }

    /// The last lines of some parts, by their time; a line that tells none stays behind the one before it.
    ///
    /// - Parameter count: How many of each part, up to ``maximumLines``.
    public func last(_ count: Int, of names: [String]) -> [Entry] {
        var timed: [(time: String, entry: Entry)] = []
        for name in names {
            var time = ""
            for text in Self.tail(self.url(name), min(count, Self.maximumLines)) {
                let line = LogLine(parsing: text)
                time = line.time ?? time
                timed.append((time, Entry(name: name, line: line)))
            }
        }
        // A stable order: those of the same time stay as they are.
        return timed.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
            .map(\.element.entry)
    }

    /// Hands over each line that is written from now on, on the calling thread, until somebody says that it is enough.
    ///
    /// - Parameters:
    ///   - isOver: Asked after each look at the files; what was written before it said yes is still handed over.
    ///   - take: May take its time; the files hold what it has not taken yet.
    public func follow(_ names: [String], until isOver: () -> Bool, _ take: (Entry) -> Void) {
        var cursors = names.map { (name: $0, cursor: Cursor(self.url($0))) }
        var isLastPass = false
        while true {
            for index in cursors.indices {
                let name = cursors[index].name
                cursors[index].cursor.read(Self.readBytes) { take(Entry(name: name, line: LogLine(parsing: $0))) }
            }
            if isLastPass { return }
            isLastPass = isOver()
            if !isLastPass { Thread.sleep(forTimeInterval: Self.followSeconds) }
        }
    }

    private func url(_ name: String) -> URL { self.folder.log(of: name) }

    static func tail(_ url: URL, _ count: Int) -> [String] {
        guard let handle = try? FileHandle(forReadingFrom: url), let end = try? handle.seekToEnd() else { return [] }
        defer { try? handle.close() }
        let start = end > Self.maximumTailBytes ? end - Self.maximumTailBytes : 0
        guard (try? handle.seek(toOffset: start)) != nil, let bytes = try? handle.readToEnd() else { return [] }
        var lines = bytes.split(separator: UInt8(ascii: "\n"))
        // The first line was cut where reading began in the middle.
        if start > 0, !lines.isEmpty { lines.removeFirst() }
        return lines.suffix(count).map { String(decoding: $0, as: UTF8.self) }
    }
}

/// How far a growing file has been read.
private struct Cursor {
    private let url: URL
    private var handle: FileHandle?
    private var rest: [UInt8] = []

    /// Begins at the file's present end; a file that comes later is read from its start.
    init(_ url: URL) {
        self.url = url
        self.handle = try? FileHandle(forReadingFrom: url)
        _ = try? self.handle?.seekToEnd()
    }

    mutating func read(_ maximumBytes: Int, _ take: (String) -> Void) {
        if self.handle == nil { self.handle = try? FileHandle(forReadingFrom: self.url) }
        self.returnToStartIfCut()
        self.readToEnd(maximumBytes, take)
        guard let handle, Self.number(handle.fileDescriptor) != Self.number(self.url) else { return }
        // The file was rotated: what is left of the old one came above, the new one begins now.
        try? handle.close()
        self.handle = try? FileHandle(forReadingFrom: self.url)
        self.readToEnd(maximumBytes, take)
    }

    /// Server logs are emptied where they stand when they are full, as the servers go on writing to them.
    private func returnToStartIfCut() {
        guard let handle, let offset = try? handle.offset(), let end = try? handle.seekToEnd() else { return }
        try? handle.seek(toOffset: end < offset ? 0 : offset)
    }

    private mutating func readToEnd(_ maximumBytes: Int, _ take: (String) -> Void) {
        while let bytes = try? self.handle?.read(upToCount: maximumBytes), !bytes.isEmpty {
            self.rest += bytes
            while let end = self.rest.firstIndex(of: UInt8(ascii: "\n")) {
                take(String(decoding: self.rest[..<end], as: UTF8.self))
                self.rest.removeSubrange(...end)
            }
        }
    }

    private static func number(_ descriptor: Int32) -> ino_t? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? status.st_ino : nil
    }

    private static func number(_ url: URL) -> ino_t? {
        var status = stat()
        return stat(url.path(percentEncoded: false), &status) == 0 ? status.st_ino : nil
    }
}
