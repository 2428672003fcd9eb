internal import Buckets
public import Postgres

/// What names a job: the service that owns it and a UUID of version 7, as in `inventory-018f2d6e-…`.
///
/// The service's name leads a gateway to the owner without a look-up; the UUID holds the time, and so leads to the
/// partition.
public struct JobID: Hashable, Sendable, CustomStringConvertible {
    /// The longest name of a service, in characters.
    public static let maximumServiceLength = 32

    /// 1 to 32 lower-case letters and digits, a letter first.
    public let service: String
    /// Unique by itself.
    public let uuid: PostgresUUID

    /// An id by its parts; nil where the service's name is none.
    public init?(service: String, uuid: PostgresUUID) {
        guard Self.isServiceName(service) else { return nil }
        self.service = service
        self.uuid = uuid
    }

    /// Reads an id's text; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard let hyphen = text.firstIndex(of: "-") else { return nil }
        let service = String(text[..<hyphen])
        guard let uuid = PostgresUUID(text[text.index(after: hyphen)...]) else { return nil }
        self.init(service: service, uuid: uuid)
    }

    /// `inventory-018f2d6e-0000-7000-8000-000000000000`.
    public var description: String { "\(self.service)-\(self.uuid)" }

    /// Where the job of a brand stands.
    func bucket(of brand: PostgresUUID) -> Bucket { Bucket(brand: (brand.high, brand.low), key: self.uuid.description) }

    static func isServiceName(_ name: String) -> Bool {
        let isName = name.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        let startsWithLetter = name.utf8.first.map { $0 >= UInt8(ascii: "a") } ?? false
        return isName && startsWithLetter && name.utf8.count <= Self.maximumServiceLength
    }
}
