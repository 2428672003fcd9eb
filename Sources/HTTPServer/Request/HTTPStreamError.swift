/// Why a streamed body, or a streamed answer, came to no proper end.
public struct HTTPStreamError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of ends.
    public struct Code: Sendable, Hashable {
        private enum Value { case disconnected, refused, cancelled, ended }

        private let value: Value

        private init(_ value: Value) { self.value = value }

        /// The client has gone, or was cut off.
        public static let disconnected = Code(.disconnected)
        /// The server has answered the request itself: the body is too large, too slow or broken.
        public static let refused = Code(.refused)
        /// The task that waited was cancelled.
        public static let cancelled = Code(.cancelled)
        /// The request has been answered already.
        public static let ended = Code(.ended)
    }

    /// What happened.
    public let code: Code
    /// What happened, for people.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    static let disconnected = HTTPStreamError(.disconnected, "the client has gone")
    static let cancelled = HTTPStreamError(.cancelled, "the wait was cancelled")
    static let ended = HTTPStreamError(.ended, "the request has been answered")
    static func refused(_ refusal: HTTPRefusal) -> HTTPStreamError { HTTPStreamError(.refused, refusal.detail) }
}
