internal import AsyncHTTPClient
internal import ChannelAdapter
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import ServiceKit

/// The network as adapters use it: calls over HTTP to platforms.
///
/// Redirections are not followed: they are answers. Addresses of insiders are refused unless the configuration allows them.
/// Nothing is tried twice; what failed says whether something may have been sent.
struct PlatformClient: PlatformTransport, ServiceDependency {
    let name = "platforms"
    let isNeededForReadiness = false

    private let configuration: PlatformClientConfiguration
    private let hosts: PlatformHosts

    init(_ configuration: PlatformClientConfiguration) {
        self.configuration = configuration
        self.hosts = PlatformHosts(configuration)
    }

    func start() {}

    func checkReadiness() {}

    func stop() async { await self.hosts.end() }

    func send(_ request: PlatformRequest) async throws(PlatformFault) -> PlatformResponse {
        guard let url = PlatformURL(request.url, allowsPlain: self.configuration.allowsPrivate) else {
            throw PlatformFault(
                .refused, code: "url-forbidden", "the address of the call is not https with a host and without a user")
        }
        let limit = min(max(request.timeoutMilliseconds, 1), Self.maximumTimeoutMilliseconds)
        return try await self.hosts.withClient(of: url) { (client) throws(PlatformFault) in
            try await Self.send(request, to: url, by: client, limit: .milliseconds(limit))
        }
    }

    private static let maximumTimeoutMilliseconds: Int64 = 120_000

    private static func send(
        _ request: PlatformRequest, to url: PlatformURL, by client: HTTPClient, limit: Duration
    ) async throws(PlatformFault) -> PlatformResponse {
        var call = HTTPClientRequest(url: url.text)
        call.method = HTTPMethod(rawValue: request.method)
        call.headers = HTTPHeaders(request.headers.map { ($0.name, $0.value) })
        if !call.headers.contains(name: "user-agent") { call.headers.add(name: "user-agent", value: "driveline") }
        if !request.body.isEmpty { call.body = .bytes(ByteBuffer(bytes: request.body)) }
        let prepared = call
        do {
            return try await withThrowingTaskGroup(of: PlatformResponse?.self) { group in
                group.addTask { try await Self.exchange(prepared, client, limit) }
                group.addTask {
                    try await Task.sleep(for: limit)
                    return nil
                }
                defer { group.cancelAll() }
                guard let first = try await group.next(), let response = first else { throw Self.tooSlow }
                return response
            }
        } catch {
            throw Self.fault(error, host: url.host)
        }
    }

    private static func exchange(
        _ call: HTTPClientRequest, _ client: HTTPClient, _ limit: Duration
    ) async throws -> PlatformResponse {
        // The client's own deadline is that of the answer's head.
        let deadline =
            NIODeadline.now()
            + .nanoseconds(
                limit.components.seconds * 1_000_000_000
                    + limit.components.attoseconds / 1_000_000_000)
        let answer = try await client.execute(call, deadline: deadline)
        let body = try await answer.body.collect(upTo: PlatformLimits.responseBytes)
        return PlatformResponse(
            status: Int(answer.status.code), headers: answer.headers.map { PlatformHeader($0.name, $0.value) },
            body: Array(body.readableBytesView))
    }

    private static let tooSlow = PlatformFault(
        .retry, code: "no-answer", "the platform did not answer in time", isOutcomeUnknown: true)

    /// What went wrong on the way, in words that hold nothing of the request.
    private static func fault(_ error: any Error, host: String) -> PlatformFault {
        switch error {
        case let fault as PlatformFault: return fault
        case is NIOTooManyBytesError:
            return PlatformFault(
                .unknown, code: "answer-too-long",
                "the platform's answer has more than \(PlatformLimits.responseBytes) bytes", isOutcomeUnknown: true)
        case let error as HTTPClientError where Self.unsent.contains(error):
            return PlatformFault(
                .retry, code: PlatformFault.notReached, "\(host) was not reached: \(error.shortDescription)")
        case let error as HTTPClientError where error == .deadlineExceeded: return Self.tooSlow
        case let error as HTTPClientError:
            return PlatformFault(
                .retry, code: "no-answer", "no answer came from \(host): \(error.shortDescription)",
                isOutcomeUnknown: true)
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            return PlatformFault(
                .retry, code: "no-answer", "no trusted connection to \(host), or it broke", isOutcomeUnknown: true)
        case let error as IOError where Self.unreached.contains(error.errnoCode):
            return PlatformFault(.retry, code: PlatformFault.notReached, "\(host) was not reached")
        case is NIOConnectionError:
            return PlatformFault(.retry, code: PlatformFault.notReached, "\(host) was not reached")
        case is CancellationError:
            return PlatformFault(.retry, code: "no-answer", "the call was given up", isOutcomeUnknown: true)
        default:
            return PlatformFault(
                .retry, code: "no-answer", "no answer came from \(host): \(type(of: error))", isOutcomeUnknown: true)
        }
    }

    /// What the system says where there was no connection to send by.
    private static let unreached: Set<CInt> = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH]

    /// What the client says where nothing went out.
    private static let unsent: [HTTPClientError] = [
        .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout,
    ]
}
