internal import AsyncHTTPClient
internal import Leasing
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Postgres

/// What a source said of its file.
struct FeedValidators: Hashable, Sendable {
    var entityTag: String?
    var lastModified: String?
}

/// Fetches a feed's file by HTTPS.
///
/// Names are resolved here, once for each request, and the connection is made to the address that was checked: a name that
/// changes its mind in between leads nowhere else. What is refused or goes wrong is a ``FeedFault``.
struct WebFetch: Sendable {
    /// What came.
    enum Answer: Sendable {
        /// Nothing that is not known.
        case unchanged
        case file(FeedValidators)
    }

    private static let maximumValidatorBytes = 1_024

    let configuration: FeedConfiguration
    let brand: PostgresUUID
    let address: FeedDefinition.WebAddress

    /// Asks for the file, and hands on its bytes where there are any that are not known.
    ///
    /// - Parameters:
    ///   - known: What the source said of the file that was taken last.
    ///   - body: Reads the bytes; is told whether they come compressed.
    func run(
        known: FeedValidators, _ body: (FeedValidators, _ isGzip: Bool, WebBytes) async throws -> Void
    ) async throws -> Answer {
        guard var url = FeedURL(self.address.url) else { throw Self.forbidden }
        let origin = url
        let deadline = NIODeadline.now() + .milliseconds(self.configuration.limits.fetchMilliseconds)
        for _ in 0...FeedLimits.redirections {
            let headers = try await self.headers(known, to: url, origin: origin)
            let (answer, location) = try await self.request(url, headers, deadline, body)
            if let answer { return answer }
            guard let location, let target = url.redirected(to: location) else { throw Self.forbidden }
            url = target
        }
        throw FeedFault("redirected-too-often", "the URL leads on more than \(FeedLimits.redirections) times")
    }

    private static let tooSlow = FeedFault("fetch-too-slow", "the file did not come in time", isRetryable: true)

    private static let forbidden = FeedFault(
        "url-forbidden", "the URL, or one that it leads to, is not https with a host and without a user")

    private func headers(_ known: FeedValidators, to url: FeedURL, origin: FeedURL) async throws -> HTTPHeaders {
        // What is compressed as a file needs no second time.
        let isFileGzip = self.address.publicText.lowercased().hasSuffix(".gz")
        var headers = HTTPHeaders([
            ("accept", "text/csv, application/json, text/plain, */*"),
            ("accept-encoding", isFileGzip ? "identity" : "gzip"), ("user-agent", "driveline"),
        ])
        if let tag = known.entityTag { headers.add(name: "if-none-match", value: tag) }
        if let moment = known.lastModified { headers.add(name: "if-modified-since", value: moment) }
        // Shown to nobody but the host that it is for.
        if let header = self.address.secretHeader, let name = self.address.secretName, url.hasSameOrigin(as: origin) {
            let (brand, root) = (self.brand, self.configuration.secretsRoot)
            headers.add(
                name: header, value: try await Blocking.run { try FeedSecret.read(name, of: brand, root: root) })
        }
        return headers
    }

    private func request(
        _ url: FeedURL, _ headers: HTTPHeaders, _ deadline: NIODeadline,
        _ body: (FeedValidators, _ isGzip: Bool, WebBytes) async throws -> Void
    ) async throws -> (Answer?, location: String?) {
        let allowsPrivate = self.configuration.allowsPrivateNetworks
        let target = try await Blocking.run {
            try HostAddress.find(url.host, port: url.port, allowsPrivate: allowsPrivate)
        }
        let client = HTTPClient(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            configuration: self.clientConfiguration(host: url.host, address: target))
        do {
            var request = HTTPClientRequest(url: url.text)
            request.headers = headers
            let response = try await client.execute(request, deadline: deadline)
            let result = try await self.answer(response, deadline, body)
            try await client.shutdown()
            return result
        } catch {
            try? await client.shutdown()
            throw Self.fault(error)
        }
    }

    private func clientConfiguration(host: String, address: String) -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let file = self.configuration.authorityFile { tls.trustRoots = .file(file) }
        let limits = self.configuration.limits
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(
                connect: .milliseconds(limits.connectMilliseconds), read: .milliseconds(limits.silenceMilliseconds)),
            // The reader decompresses, within limits of its own: a few bytes can stand for very many.
            decompression: .disabled)
        configuration.httpVersion = .http1Only
        if host != address { configuration.dnsOverride = [host: address] }
        return configuration
    }

    private func answer(
        _ response: HTTPClientResponse, _ deadline: NIODeadline,
        _ body: (FeedValidators, _ isGzip: Bool, WebBytes) async throws -> Void
    ) async throws -> (Answer?, location: String?) {
        switch response.status.code {
        case 200:
            let isGzip = try Self.isGzip(response.headers)
            return (try await self.file(response, isGzip, deadline, body), nil)
        case 304: return (.unchanged, nil)
        case 301, 302, 303, 307, 308: return (nil, response.headers.first(name: "location"))
        case let code:
            // What may pass: the server's own faults, "too early" and "too many requests".
            throw FeedFault(
                "http-status", "the server answers with status \(code)",
                isRetryable: code >= 500 || [408, 425, 429].contains(code))
        }
    }

    private static func isGzip(_ headers: HTTPHeaders) throws(FeedFault) -> Bool {
        let encodings = headers["content-encoding"]
            .flatMap { $0.lowercased().split { $0 == "," || $0 == " " || $0 == "\t" } }.filter { $0 != "identity" }
        guard let first = encodings.first else { return false }
        guard encodings.count == 1, first == "gzip" || first == "x-gzip" else {
            throw FeedFault(
                "encoding-unknown",
                "the file comes compressed by \(encodings.joined(separator: ", ").prefix(64).debugDescription); "
                    + "expected gzip once, or as it is")
        }
        return true
    }

    private func file(
        _ response: HTTPClientResponse, _ isGzip: Bool, _ deadline: NIODeadline,
        _ body: (FeedValidators, _ isGzip: Bool, WebBytes) async throws -> Void
    ) async throws -> Answer {
        let length = response.headers.first(name: "content-length").flatMap { Int64($0) }
        if let length, length > self.configuration.limits.fileBytes { throw FeedFault.tooLarge(self.configuration) }
        let validators = FeedValidators(
            entityTag: Self.validator(response, "etag"), lastModified: Self.validator(response, "last-modified"))
        // The client's own deadline is that of the answer's head. What is silent meanwhile has its own limit.
        let bytes = response.body.map { part throws in
            guard NIODeadline.now() < deadline else { throw Self.tooSlow }
            return Array(part.readableBytesView)
        }
        try await body(validators, isGzip, bytes)
        return .file(validators)
    }

    private static func validator(_ response: HTTPClientResponse, _ name: String) -> String? {
        guard let text = response.headers.first(name: name), text.utf8.count <= Self.maximumValidatorBytes,
            text.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { return nil }
        return text
    }

    /// What went wrong on the way, in words that hold nothing of the request.
    private static func fault(_ error: any Error) -> any Error {
        switch error {
        case is FeedFault, is PostgresError, is LeaseError, is CancellationError: return error
        case let error as HTTPClientError where error == .deadlineExceeded:
            return Self.tooSlow
        case let error as HTTPClientError where error == .cancelled: return CancellationError()
        case let error as HTTPClientError:
            return FeedFault(
                "fetch-failed", "the file could not be fetched: \(error.shortDescription)", isRetryable: true)
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            return FeedFault(
                "tls-failed", "no trusted connection to the server could be made: \(error)", isRetryable: true)
        case is NIOConnectionError, is IOError, is ChannelError:
            return FeedFault("fetch-failed", "the server could not be reached", isRetryable: true)
        default:
            return FeedFault("fetch-failed", "the file could not be fetched: \(type(of: error))", isRetryable: true)
        }
    }
}

extension FeedFault {
    /// A file has more bytes than are taken.
    static func tooLarge(_ configuration: FeedConfiguration) -> FeedFault {
        FeedFault("file-too-large", "the file has more than \(configuration.limits.fileBytes) bytes")
    }
}

/// The bytes of an answer.
typealias WebBytes = AsyncThrowingMapSequence<HTTPClientResponse.Body, [UInt8]>
