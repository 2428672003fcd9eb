internal import Gzip

/// What feeds take at most.
struct FeedLimits: Sendable {
    /// The feeds of a brand.
    static let feedsOfBrand = 100
    /// The runs of a feed that are kept, the latest ones.
    static let runsKept: Int64 = 200
    /// The files in each of a drop folder's folders of what was dealt with; older ones are deleted.
    static let filesKept = 200
    /// The files of a drop folder that are looked at.
    static let filesLookedAt = 10_000
    /// The bytes of a file's name.
    static let fileNameBytes = 200
    /// The rows that could not be read of which a run tells.
    static let faultsKept = 20
    /// The rows that are kept with one statement.
    static let rowsOfStatement = 2_000
    /// The bytes that are read from a file at once.
    static let readBytes = 1 << 18
    /// Bytes of a secret.
    static let secretBytes = 4_096
    /// The redirections that are followed.
    static let redirections = 5
    /// Locations whose channels are told at once that they are stale.
    static let noticesAtOnce: Int64 = 200
    /// The feeds that are looked after at once by the one copy of the service that does so.
    static let slots = 4
    /// The feeds among which a slot looks for one that nobody looks after: more than may rest at a time.
    static let waitingLookedAt: Int64 = 256
    /// How long a feed rests that could not be looked after, in milliseconds.
    static let restMilliseconds: Int64 = 10_000
    /// How long a slot waits that has found nothing to do, in milliseconds.
    static let pollMilliseconds: Int64 = 1_000

    /// The bytes of a file: 256 MiB, as it comes and decompressed.
    var fileBytes: Int64 = 1 << 28
    /// How many times as long as its compressed bytes a file may be that is longer than ``compressionFreeBytes``.
    var compressionRatio: Int64 = 200
    /// The bytes of a decompressed file up to which any ratio is taken: 1 MiB.
    var compressionFreeBytes: Int64 = 1 << 20
    /// The rows of a file.
    var fileRows: Int64 = 1_000_000
    /// How long a connection may take to be made, in milliseconds.
    var connectMilliseconds: Int64 = 10_000
    /// How long a server may be silent, in milliseconds.
    var silenceMilliseconds: Int64 = 30_000
    /// How long a file may take to come over the network, in milliseconds.
    var fetchMilliseconds: Int64 = 900_000
    /// How long to wait between two looks at an import, in milliseconds.
    var importPollMilliseconds: Int64 = 250

    /// What a compressed file may come to.
    var unpacking: GzipDecoder.Limits {
        GzipDecoder.Limits(
            bytes: self.fileBytes, ratio: self.compressionRatio, ratioFreeBytes: self.compressionFreeBytes)
    }
}
