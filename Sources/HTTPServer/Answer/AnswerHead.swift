internal import NIOCore
internal import NIOHTTP1

/// Headers that all answers carry, as bytes.
struct CommonHeaders: Sendable {
    let bytes: ByteBuffer

    /// - Precondition: The headers can be sent, and are none of those that the server sets itself.
    init(_ headers: HTTPHeaders) {
        var buffer = ByteBuffer()
        let areValid = AnswerHead.write(headers, to: &buffer)
        precondition(areValid, "the common headers have characters that no header may have")
        self.bytes = buffer
    }
}

/// The head of an answer as bytes.
struct AnswerHead {
    /// How the client finds the end of the answer's body.
    enum Framing: Equatable {
        /// There is no body, and nothing is said about one.
        case none
        case length(Int)
        case chunked
        /// The body ends with the connection, for HTTP/1.0.
        case untilClose
    }

    var status: HTTPResponseStatus
    var framing: Framing
    /// Whether the connection is kept, and whether the client is to be told: HTTP/1.0 does not expect it.
    var keepsAlive: Bool
    var isHTTP10: Bool

    /// Writes the status line, and all headers but those that the server decides on.
    ///
    /// - Returns: Whether all headers can be sent. One with a line break would let its author write headers, or whole
    ///   answers, of their own.
    func write(_ headers: HTTPHeaders, _ common: CommonHeaders, date: String, to buffer: inout ByteBuffer) -> Bool {
        if self.status == .ok {
            buffer.writeStaticString("HTTP/1.1 200 OK\r\nDate: ")
        } else {
            buffer.writeString("HTTP/1.1 \(self.status.code) \(self.status.sendableReason)\r\nDate: ")
        }
        buffer.writeString(date)
        buffer.writeStaticString("\r\n")
        buffer.writeImmutableBuffer(common.bytes)
        guard Self.write(headers, to: &buffer) else { return false }
        self.writeFraming(to: &buffer)
        return true
    }

    private func writeFraming(to buffer: inout ByteBuffer) {
        switch self.framing {
        case .length(let length):
            buffer.writeStaticString("Content-Length: ")
            buffer.writeString(String(length))
            buffer.writeStaticString("\r\n")
        case .chunked: buffer.writeStaticString("Transfer-Encoding: chunked\r\n")
        case .none, .untilClose: break
        }
        if !self.keepsAlive {
            buffer.writeStaticString("Connection: close\r\n\r\n")
        } else if self.isHTTP10 {
            buffer.writeStaticString("Connection: keep-alive\r\n\r\n")
        } else {
            buffer.writeStaticString("\r\n")
        }
    }

    /// Writes headers but those that the server decides on.
    ///
    /// - Returns: Whether all can be sent.
    static func write(_ headers: HTTPHeaders, to buffer: inout ByteBuffer) -> Bool {
        for (name, value) in headers {
            guard name.isHeaderName, value.isHeaderValue else { return false }
            if name.isServerHeader { continue }
            buffer.writeString(name)
            buffer.writeStaticString(": ")
            buffer.writeString(value)
            buffer.writeStaticString("\r\n")
        }
        return true
    }
}

extension HTTPResponseStatus {
    /// Whether answers with this status have a body.
    var hasBody: Bool { self.code >= 200 && self.code != 204 && self.code != 304 }

    /// The reason phrase, unless it cannot be sent.
    fileprivate var sendableReason: String { self.reasonPhrase.isHeaderValue ? self.reasonPhrase : "" }
}

extension String {
    /// Whether this is a header that says how the answer is framed or when it was made.
    fileprivate var isServerHeader: Bool {
        switch self.utf8.count {
        case 4: self.equalsIgnoringCase("date")
        case 10: self.equalsIgnoringCase("connection") || self.equalsIgnoringCase("keep-alive")
        case 14: self.equalsIgnoringCase("content-length")
        case 17: self.equalsIgnoringCase("transfer-encoding")
        default: false
        }
    }

    /// RFC 9110, 5.6.2.
    fileprivate var isHeaderName: Bool {
        !self.isEmpty
            && self.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
                default: false
                }
            }
    }

    /// RFC 9110, 5.5.
    fileprivate var isHeaderValue: Bool {
        self.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }
}
