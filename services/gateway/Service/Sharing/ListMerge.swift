internal import GatewayDomain
internal import NIOCore
internal import ProtobufC
internal import RPC
internal import Transcoding

/// Puts the pages of several processes together to one, by a text of their elements, the greatest first.
///
/// Each process answers its own page of what lies behind the token, which is a text of that order itself. What one process
/// may still have lies behind the last element of its page: so nothing behind the greatest of these is taken yet.
struct ListMerge: Sendable {
    private let list: WireField
    private let key: WireField
    private let nextPageToken: WireField
    private let pageSize: WireField

    /// - Parameter path: Such as `jobs.position`.
    /// - Throws: ``EndpointError`` where the messages are not those of a list.
    init(_ path: String, _ method: Schema.Method, _ schema: Schema) throws(EndpointError) {
        let names = path.split(separator: ".").map(String.init)
        guard names.count == 2, let list = WireField.list(names[0], of: method.response, in: schema),
            let key = schema.field(names[1], .text, of: list.element),
            let token = schema.field("next_page_token", .text, of: method.response),
            let size = schema.field("page_size", .unsigned, of: method.request)
        else { throw EndpointError(subject: method.name, reason: "its lists cannot be put together by \(path)") }
        self.list = list.field
        self.key = key
        self.nextPageToken = token
        self.pageSize = size
    }

    private struct Element {
        var key: String
        var bytes: ByteBuffer
    }

    /// The page that several make; `nil` where one of them is no page.
    func page(of answers: [ByteBuffer], for request: ByteBuffer) -> ByteBuffer? {
        var elements: [Element] = []
        var horizon: String?
        for answer in answers {
            guard let page = self.elements(of: answer) else { return nil }
            elements += page
            let hasMore = self.nextPageToken.text(in: answer.readableBytesSpan)?.isEmpty == false
            if hasMore, let last = page.last { horizon = max(horizon ?? last.key, last.key) }
        }
        elements.sort { $0.key > $1.key }
        if let horizon { elements = elements.filter { $0.key >= horizon } }
        let size = Int(clamping: self.pageSize.unsigned(in: request.readableBytesSpan) ?? 0)
        let isCut = size > 0 && elements.count > size
        if isCut { elements.removeLast(elements.count - size) }
        return self.page(elements, token: horizon != nil || isCut ? elements.last?.key ?? "" : "")
    }

    private func elements(of answer: ByteBuffer) -> [Element]? {
        guard let places = self.list.places(in: answer.readableBytesSpan) else { return nil }
        return places.map { place in
            let bytes = answer.getSlice(at: answer.readerIndex + place.lowerBound, length: place.count) ?? ByteBuffer()
            return Element(key: self.key.text(in: bytes.readableBytesSpan) ?? "", bytes: bytes)
        }
    }

    private func page(_ elements: [Element], token: String) -> ByteBuffer {
        let output = OutputBytes()
        for element in elements {
            element.bytes.withUnsafeReadableBytes { self.list.append(bytes: $0, to: output) }
        }
        if !token.isEmpty { self.nextPageToken.append(token, to: output) }
        return output.withBytes { ByteBuffer(bytes: $0) }
    }
}
