internal import Foundation
internal import Postgres

/// Reads the secrets of feeds, which are files, each time that they are needed.
enum FeedSecret {
    /// A brand's secret. Blocks.
    ///
    /// - Throws: ``FeedFault``, which names the secret and never holds it.
    static func read(_ name: String, of brand: PostgresUUID, root: String?) throws(FeedFault) -> String {
        guard let root else {
            throw FeedFault(
                "secret-missing", "this service has no folder of secrets; see its setting feed-secrets-folder")
        }
        let missing = FeedFault(
            "secret-missing", "there is no secret \(brand)/\(name) below the service's folder of secrets",
            isRetryable: true)
        guard FeedNames.isValid(name) else { throw missing }
        // Orchestrators hand out secrets behind symbolic links, so these are followed here.
        guard let file = FileHandle(forReadingAtPath: "\(root)/\(brand)/\(name)") else { throw missing }
        defer { try? file.close() }
        guard let data = try? file.read(upToCount: FeedLimits.secretBytes + 1) else { throw missing }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard data.count <= FeedLimits.secretBytes, !text.isEmpty, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else {
            throw FeedFault(
                "secret-unusable",
                "the secret \(name) is no value of a header: 1 to \(FeedLimits.secretBytes) printable ASCII characters")
        }
        return text
    }
}
