/// Why a file of gzip cannot be decompressed.
public struct GzipError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// For programs and people.
        public let description: String

        /// It is no gzip, or not what was compressed.
        public static let damaged = Self(description: "gzip-damaged")
        /// What was compressed is gzip itself.
        public static let compressedTwice = Self(description: "gzip-twice")
        /// It ends too early.
        public static let truncated = Self(description: "gzip-truncated")
        /// It comes to more bytes than are taken.
        public static let tooLarge = Self(description: "file-too-large")
        /// A few bytes stand for very many.
        public static let ratioTooHigh = Self(description: "gzip-ratio-too-high")
        /// No memory is left.
        public static let outOfMemory = Self(description: "out-of-memory")
    }

    /// What kind of failure it is.
    public let code: Code
    /// One line for people.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// What was compressed is gzip itself, which is for whoever has asked for text to tell.
    public static let compressedTwice = GzipError(
        .compressedTwice, "the file is compressed twice; send it compressed once, or as it is")
}
