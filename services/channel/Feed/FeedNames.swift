internal import ChannelAdapter
internal import Crypto

/// Names of files.
enum FeedNames {
    private static let keyBytes = 64

    /// A letter, digit, hyphen or underscore.
    static func isPlain(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "_")
    }

    /// The end of a file's name by which a repeat is recognised.
    static func ending(_ key: String) -> String {
        guard !key.isEmpty, key.utf8.count <= Self.keyBytes, key.utf8.allSatisfy({ Self.isPlain($0) }) else {
            let digest = SHA256.hash(data: Array(key.utf8)).prefix(16)
            return "-" + digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + ".csv"
        }
        return "-\(key).csv"
    }

    /// The name of a file: what it is, when it was made, and its key.
    static func name(_ kind: String, _ key: String, at time: Int64) -> String {
        let compact = PlatformTime.text(time).filter { $0 != "-" && $0 != ":" }
        return "\(kind)-\(compact)\(Self.ending(key))"
    }

    /// What the name of a file's result has behind the file's.
    static let resultEnding = ".result.csv"
}
