/// One HTTP call to a platform.
public struct PlatformRequest: Hashable, Sendable {
    /// In upper case.
    public var method: String
    /// Absolute, with its scheme.
    public var url: String
    /// In their order.
    public var headers: [PlatformHeader]
    /// Empty: none.
    public var body: [UInt8]
    /// How long an answer may take, in milliseconds: 1 to 120,000.
    public var timeoutMilliseconds: Int64

    /// A call with all that it consists of.
    public init(
        method: String, url: String, headers: [PlatformHeader] = [], body: [UInt8] = [],
        timeoutMilliseconds: Int64 = 30_000
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeoutMilliseconds = timeoutMilliseconds
    }
}

/// A header of a call, an answer or a notification.
public struct PlatformHeader: Hashable, Sendable {
    /// Its name; compared without regard to case.
    public var name: String
    /// Its value.
    public var value: String

    /// A header with both of its parts.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// What a platform answered.
public struct PlatformResponse: Hashable, Sendable {
    /// The HTTP status.
    public var status: Int
    /// In their order.
    public var headers: [PlatformHeader]
    /// As it came, at most ``PlatformLimits/responseBytes``.
    public var body: [UInt8]

    /// An answer with all that it consists of.
    public init(status: Int, headers: [PlatformHeader] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first header of a name, in whatever case; nil: there is none.
    public func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return self.headers.first { $0.name.lowercased() == wanted }?.value
    }
}

/// What carries calls to platforms: the network, or in tests something that stands for it.
public protocol PlatformTransport: Sendable {
    /// Sends a call and reads its whole answer, whatever its status.
    ///
    /// - Throws: A fault of kind ``PlatformFault/Kind/retry`` where no answer came: code `not-reached` where nothing was
    ///   sent, `no-answer` with `isOutcomeUnknown` where something may have been.
    func send(_ request: PlatformRequest) async throws(PlatformFault) -> PlatformResponse
}

/// Limits of what is exchanged with platforms.
public enum PlatformLimits {
    /// The longest answer that is read, in bytes.
    public static let responseBytes = 32 * 1024 * 1024
    /// The longest notification that is taken, in bytes.
    public static let notificationBytes = 1024 * 1024
    /// How far a notification's own time may be from ours, in seconds.
    public static let clockSkewSeconds: Int64 = 300
}
