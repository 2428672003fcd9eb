/// A file in a drop folder.
public struct DropFile: Hashable, Sendable {
    /// Its name, without a folder.
    public var name: String
    /// Its size.
    public var bytes: Int64
    /// When it was written to last.
    public var modifiedAt: Timestamp

    /// A file.
    public init(name: String, bytes: Int64, modifiedAt: Timestamp) {
        self.name = name
        self.bytes = bytes
        self.modifiedAt = modifiedAt
    }
}

/// How one sees that a file is complete.
public enum FileCompletion: Hashable, Sendable {
    /// It was renamed to its name when it was.
    case renamed
    /// Nothing was written to it for so many seconds.
    case settled(seconds: Int64)
    /// A file of its name with ``DropFileChoice/markerSuffix`` stands beside it.
    case marker
}

/// Which file of a drop folder is taken next.
public struct DropFileChoice: Hashable, Sendable {
    /// What a marker's name has behind that of its file.
    public static let markerSuffix = ".done"
    /// How the names of files end that are under way, or are markers.
    static let passedOverSuffixes = [".tmp", ".part", ".filepart", markerSuffix]

    /// The file to take; nil: none is complete.
    public var taken: DropFile?
    /// Complete files that the taken one makes worthless, the oldest first.
    public var superseded: [DropFile] = []

    /// Chooses among all files of a folder.
    ///
    /// - Parameters:
    ///   - pattern: Which names are the feed's.
    ///   - isFull: Whether each file holds all, so that only the newest one counts. Else they are taken one by one, the
    ///     oldest first.
    ///   - now: By the clock that the files' times come from.
    public init(
        among files: [DropFile], pattern: FilePattern, completion: FileCompletion, isFull: Bool, now: Timestamp
    ) {
        let names = Set(files.map(\.name))
        let complete = files.filter { file in
            guard Self.isCandidate(file.name, pattern) else { return false }
            switch completion {
            case .renamed: return true
            case .settled(let seconds): return file.modifiedAt.adding(seconds: seconds) <= now
            case .marker: return names.contains(file.name + Self.markerSuffix)
            }
        }
        .sorted { ($0.modifiedAt, $0.name) < ($1.modifiedAt, $1.name) }
        self.taken = isFull ? complete.last : complete.first
        if isFull { self.superseded = Array(complete.dropLast()) }
    }

    private static func isCandidate(_ name: String, _ pattern: FilePattern) -> Bool {
        !name.hasPrefix(".") && !Self.passedOverSuffixes.contains { name.hasSuffix($0) } && pattern.matches(name)
    }
}

/// Which names of files are meant: `*` stands for any characters, `?` for one byte.
public struct FilePattern: Hashable, Sendable {
    private let bytes: [UInt8]

    /// A pattern.
    public init(_ text: String) { self.bytes = Array(text.utf8) }

    /// Whether a name is meant. In time proportional to the name times the pattern, whatever they are.
    public func matches(_ name: String) -> Bool {
        let name = Array(name.utf8)
        // The last star, and up to where in the name it reaches: going back to an earlier one never helps.
        var star: (pattern: Int, name: Int)?
        var (pattern, place) = (0, 0)
        while place < name.count {
            if pattern < self.bytes.count, self.bytes[pattern] == UInt8(ascii: "*") {
                star = (pattern, place)
                pattern += 1
            } else if pattern < self.bytes.count,
                self.bytes[pattern] == UInt8(ascii: "?") || self.bytes[pattern] == name[place]
            {
                pattern += 1
                place += 1
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                (pattern, place) = (last.pattern + 1, last.name + 1)
            } else {
                return false
            }
        }
        return self.bytes[pattern...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
