internal import Paging
internal import RPC

/// Which page is asked for of things that are listed by their names, ascending by bytes.
struct NamePage: Sendable {
    /// How many a page has where the request names no number.
    static let defaultSize = 100

    /// The name that the page before ended with; empty: there is none.
    let last: String
    /// How many names to look for: one more than the page has, which tells whether there is a further one.
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
            self.last = ""
            return
        }
        guard let bytes = PageToken.position(token, of: self.question) else { throw .invalidPageToken }
        self.last = String(decoding: bytes, as: UTF8.self)
    }

    /// What was found for the page, without the one that is too many, and the token of the next page; empty: there is none.
    func page<Found>(_ found: [Found], name: (Found) -> String) -> (page: [Found], nextToken: String) {
        guard found.count > self.size, let last = found.prefix(self.size).last else { return (found, "") }
        return (Array(found.prefix(self.size)), PageToken.text(Array(name(last).utf8), of: self.question))
    }
}
