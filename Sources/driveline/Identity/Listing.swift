internal import Foundation
internal import IdentityMessages
internal import WellKnownMessages

/// Entries as a table for people or as JSON for programs, with the names of the REST API.
struct Listing<Entry: Encodable> {
    let columns: [(title: String, text: (Entry) -> String)]
    let entries: [Entry]

    func print(asJSON: Bool) throws {
        guard !asJSON else { return try JSONText.print(self.entries) }
        let rows =
            [self.columns.map(\.title)] + self.entries.map { entry in self.columns.map { $0.text(entry).oneLine } }
        let widths = self.columns.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            Terminal.current.print(String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed()))
        }
    }
}

/// Writes values as JSON.
enum JSONText {
    static func print(_ value: some Encodable) throws { Terminal.current.print(try self.text(of: value)) }

    /// The value as JSON for people and programs, without a line break at its end.
    static func text(of value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

/// A brand as it is shown.
struct BrandEntry: Encodable {
    let id: String
    let slug: String
    let name: String
    let status: String
    let createdAt: String?

    init(_ brand: Brand) {
        self.id = brand.id
        self.slug = brand.slug
        self.name = brand.name
        self.status =
            switch brand.status {
            case .active: "active"
            case .suspended: "suspended"
            case .unspecified, .unrecognized: "unknown"
            }
        self.createdAt = brand.createdAt?.text
    }

    static var columns: [(title: String, text: (BrandEntry) -> String)] {
        [
            ("SLUG", \.slug), ("NAME", \.name), ("STATUS", \.status), ("CREATED", { $0.createdAt ?? "" }), ("ID", \.id),
        ]
    }
}

/// A key as it is shown.
struct KeyEntry: Encodable {
    let id: String
    let prefix: String
    let scopes: [String]
    let note: String
    let createdBy: String
    let createdAt: String?
    let expiresAt: String?
    let revokedAt: String?
    let lastUsedAt: String?

    init(_ key: Key) {
        self.id = key.id
        self.prefix = key.prefix
        self.scopes = key.scopes
        self.note = key.note
        self.createdBy = key.createdBy
        self.createdAt = key.createdAt?.text
        self.expiresAt = key.expiresAt?.text
        self.revokedAt = key.revokedAt?.text
        self.lastUsedAt = key.lastUsedAt?.text
    }

    static var columns: [(title: String, text: (KeyEntry) -> String)] {
        [
            ("ID", \.id), ("PREFIX", \.prefix), ("SCOPES", { $0.scopes.joined(separator: ",") }),
            ("CREATED", { $0.createdAt ?? "" }), ("EXPIRES", { $0.expiresAt ?? "never" }),
            ("REVOKED", { $0.revokedAt ?? "-" }), ("LAST USE", { $0.lastUsedAt ?? "never" }), ("NOTE", \.note),
        ]
    }
}

/// A new key with its secret.
struct CreatedKeyEntry: Encodable {
    let key: KeyEntry
    let secret: String
}

extension ProtoTimestamp {
    /// RFC 3339, to the second, in UTC.
    var text: String { Date(timeIntervalSince1970: TimeInterval(self.seconds)).formatted(.iso8601) }
}
