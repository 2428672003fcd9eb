internal import OrderDomain
internal import Paging
internal import Postgres
internal import RPC

/// Which page is asked for of returns or claims, which are listed from the newest on.
struct ReturnPage: Sendable {
    /// How many a page has where the request names no number.
    static let defaultSize = 50

    /// Where a page ended.
    struct Position: Sendable {
        /// Before all.
        static let first = Position(
            createdAt: .infinity, order: PostgresUUID(high: .max, low: .max), number: .max)

        let createdAt: PostgresTimestamp
        let order: PostgresUUID
        let number: Int32

        init(createdAt: PostgresTimestamp, order: PostgresUUID, number: Int32) {
            self.createdAt = createdAt
            self.order = order
            self.number = number
        }

        /// The position that a token has; nil: it has none.
        init?(_ bytes: [UInt8]) {
            let parts = String(decoding: bytes, as: UTF8.self).split(separator: " ")
            guard parts.count == 3, let microseconds = Int64(parts[0]), let order = PostgresUUID(String(parts[1])),
                let number = Int32(parts[2])
            else { return nil }
            self.init(createdAt: PostgresTimestamp(microseconds: microseconds), order: order, number: number)
        }

        var bytes: [UInt8] { Array("\(self.createdAt.microseconds) \(self.order) \(self.number)".utf8) }
    }

    /// Behind what the page begins.
    let last: Position
    /// How many rows to look for: one more than the page has, which tells whether there is a further one.
    var limit: Int64 { Int64(self.size) + 1 }

    private let size: Int
    private let question: PageToken.Question

    /// - Parameters:
    ///   - method: What is listed.
    ///   - parts: The brand, and all that selects.
    ///   - size: 0: ``defaultSize``.
    ///   - token: Empty: the first page.
    init(_ method: StaticString, _ parts: [String], size: UInt32, token: String) throws(RPCError) {
        self.question = PageToken.Question(method, parts)
        self.size = size == 0 ? Self.defaultSize : Int(size)
        guard !token.isEmpty else {
            self.last = .first
            return
        }
        guard let bytes = PageToken.position(token, of: self.question), let position = Position(bytes) else {
            throw RPCError(
                field: "pageToken", "is none that was given out", expected: "nextPageToken of the page before")
        }
        self.last = position
    }

    /// What was found for the page, without the one that is too many, and the token of the next page; empty: there is none.
    func page<Found>(_ found: [(Position, Found)]) -> (page: [Found], nextToken: String) {
        let page = found.prefix(self.size)
        guard found.count > self.size, let last = page.last else { return (page.map(\.1), "") }
        return (page.map(\.1), PageToken.text(last.0.bytes, of: self.question))
    }
}
