internal import Foundation
internal import SandboxGraphQL
internal import SandboxJSON
internal import SandboxShop

/// A page of a list.
struct Connection: GraphQLObject {
    /// The most that a page may have.
    static let maximumPage = 250

    /// The name of what is listed.
    let element: String
    let nodes: [(cursor: String, object: any GraphQLObject)]
    let hasNext: Bool
    let hasPrevious: Bool

    var typeName: String { "\(self.element)Connection" }

    func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult {
        switch field {
        case "nodes": .objects(self.nodes.map(\.object))
        case "edges":
            .objects(self.nodes.map { Edge(element: self.element, cursor: $0.cursor, node: $0.object) })
        case "pageInfo":
            .object(
                PageInfo(
                    start: self.nodes.first?.cursor, end: self.nodes.last?.cursor, hasNext: self.hasNext,
                    hasPrevious: self.hasPrevious))
        default: .null
        }
    }

    private struct Edge: GraphQLObject {
        let element: String
        let cursor: String
        let node: any GraphQLObject

        var typeName: String { "\(self.element)Edge" }

        func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult {
            field == "cursor" ? .text(self.cursor) : .object(self.node)
        }
    }

    private struct PageInfo: GraphQLObject {
        let start: String?
        let end: String?
        let hasNext: Bool
        let hasPrevious: Bool

        var typeName: String { "PageInfo" }

        func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult {
            switch field {
            case "startCursor": .text(self.start)
            case "endCursor": .text(self.end)
            case "hasNextPage": .bool(self.hasNext)
            default: .bool(self.hasPrevious)
            }
        }
    }
}

/// What a page is asked for by.
struct Page {
    var count: Int
    /// Whether the last ones are wanted.
    var isFromEnd: Bool
    var after: String?
    var before: String?
    var isReversed: Bool

    init(_ arguments: GraphQLArguments) throws(GraphQLError) {
        let (first, last) = (arguments["first"]?.integer, arguments["last"]?.integer)
        guard let count = first ?? last else {
            throw GraphQLError("you must provide one of first or last", code: "BAD_REQUEST")
        }
        guard first == nil || last == nil else {
            throw GraphQLError("providing both first and last is not supported", code: "BAD_REQUEST")
        }
        guard (0...Int64(Connection.maximumPage)).contains(count) else {
            throw GraphQLError(
                "The value \(count) for \(first == nil ? "last" : "first") is out of range; a page has "
                    + "\(Connection.maximumPage) at most", code: "BAD_REQUEST")
        }
        self.count = Int(count)
        self.isFromEnd = first == nil
        self.after = arguments["after"]?.text
        self.before = arguments["before"]?.text
        self.isReversed = arguments["reverse"] == .bool(true)
    }

    /// The page of sorted keys.
    ///
    /// - Parameters:
    ///   - keys: All that there are, in their order, each once.
    ///   - cursor: How a key is written, and read.
    ///   - object: What a key stands for; `nil` where it does not belong to the list.
    func connection<Key: Comparable>(
        _ element: String, _ keys: [Key], cursor: CursorCoding<Key>, _ object: (Key) -> (any GraphQLObject)?
    ) throws(GraphQLError) -> Connection {
        let (after, before) = (try self.key(self.after, cursor), try self.key(self.before, cursor))
        // In a reversed list what comes after a key lies before it.
        let (low, high) = self.isReversed ? (before, after) : (after, before)
        var start = 0
        if let low { start = keys.firstIndex(from: low) + (keys.contains(sorted: low) ? 1 : 0) }
        let end = max(start, high.map { keys.firstIndex(from: $0) } ?? keys.count)
        var nodes: [(String, any GraphQLObject)] = []
        var hasMore = false
        let walksDown = self.isReversed != self.isFromEnd
        for step in 0..<(end - start) {
            let key = keys[walksDown ? end - 1 - step : start + step]
            guard let object = object(key) else { continue }
            guard nodes.count < self.count else {
                hasMore = true
                break
            }
            nodes.append((cursor.text(key), object))
        }
        if self.isFromEnd { nodes.reverse() }
        return Connection(
            element: element, nodes: nodes, hasNext: self.isFromEnd ? self.before != nil : hasMore,
            hasPrevious: self.isFromEnd ? hasMore : self.after != nil)
    }

    private func key<Key>(_ text: String?, _ cursor: CursorCoding<Key>) throws(GraphQLError) -> Key? {
        guard let text else { return nil }
        guard let key = cursor.key(text) else {
            throw GraphQLError("`\(text)` is not a valid cursor", code: "BAD_REQUEST")
        }
        return key
    }

    /// The page of a short list that has its objects at hand.
    func connection(_ element: String, _ objects: [any GraphQLObject]) throws(GraphQLError) -> Connection {
        try self.connection(element, Array(objects.indices), cursor: .position) { objects[$0] }
    }
}

extension Array where Element: Comparable {
    fileprivate func contains(sorted element: Element) -> Bool {
        let index = self.firstIndex(from: element)
        return index < self.count && self[index] == element
    }
}

/// How the key of a list is written as a cursor.
struct CursorCoding<Key> {
    let text: (Key) -> String
    let key: (String) -> Key?

    private static func encoded(_ words: String...) -> String {
        Data(words.joined(separator: ":").utf8).base64EncodedString()
    }

    private static func decoded(_ text: String) -> [Int64] {
        guard let data = Data(base64Encoded: text) else { return [] }
        return String(decoding: data, as: UTF8.self).split(separator: ":").compactMap { Int64($0) }
    }
}

extension CursorCoding<Int> {
    static var position: CursorCoding {
        CursorCoding(text: { self.encoded(String($0)) }, key: { self.decoded($0).first.flatMap { Int(exactly: $0) } })
    }
}

extension CursorCoding<Int64> {
    static var id: CursorCoding {
        CursorCoding(text: { self.encoded(String($0)) }, key: { self.decoded($0).first })
    }
}

extension CursorCoding<ShopIndex.Update> {
    static var update: CursorCoding {
        CursorCoding(
            text: { self.encoded(String($0.at.milliseconds), String($0.id)) },
            key: { text in
                let numbers = self.decoded(text)
                guard numbers.count == 2 else { return nil }
                return ShopIndex.Update(at: Moment(milliseconds: numbers[0]), id: numbers[1])
            })
    }
}
