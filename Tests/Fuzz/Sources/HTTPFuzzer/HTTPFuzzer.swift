internal import FuzzInput
internal import GatewayDomain
internal import Logging
internal import NIOCore
internal import NIOEmbedded
internal import NIOHTTP1

/// What a connection made of its bytes.
private struct Outcome: Equatable {
    var requests: [String] = []
    var statuses: [String] = []
}

/// Reads what the gateway reads of a head, takes the body, and answers.
///
/// `@unchecked`: all runs are on one thread.
private final class Recorder: HTTPHandler, @unchecked Sendable {
    var requests: [String] = []

    func receive(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        require(
            !request.target.isEmpty && request.target.utf8.allSatisfy { (0x21...0x7E).contains($0) }, request.target)
        self.read(request.headers)
        exchange.collectBody(limit: 4_096) { body in
            require(body.readableBytes <= 4_096, "\(body.readableBytes) bytes of a body")
            self.requests.append("\(request.method.rawValue) \(request.target) \(body.readableBytes)")
            let type = body.readableBytes % 2 == 0 ? MediaTypes.json : "text/plain"
            exchange.respond(.ok, headers: ["Content-Type": type], body: ByteBuffer(repeating: 0x20, count: 2_000))
        }
    }

    private func read(_ headers: HTTPHeaders) {
        _ = try? BearerCredential(authorization: headers["Authorization"])
        _ = try? IdempotencyKeyHeader.key(headers["Idempotency-Key"])
        _ = MediaTypes.isAccepted(MediaTypes.json, by: headers.first(name: "Accept"))
        _ = MediaTypes.isJSON(headers.first(name: "Content-Type"))
        let conditions = try? Preconditions(
            ifMatch: headers.first(name: "If-Match"), ifNoneMatch: headers.first(name: "If-None-Match"))
        _ = try? conditions?.expectedVersion()
        _ = conditions?.verdict(on: EntityTag(version: 7))
        if let id = RequestID.chosen(headers.first(name: "X-Request-Id")) { require(id.utf8.count <= 128, id) }
        guard let trace = TraceParent(headers.first(name: "traceparent")) else { return }
        require(trace.text.utf8.count == 55 && TraceParent(trace.text) != nil, trace.text)
    }
}

private let limits: HTTPServerLimits = {
    var limits = HTTPServerLimits()
    limits.maximumTargetBytes = 200
    limits.maximumHeaderBytes = 800
    limits.maximumHeaderFields = 12
    return limits
}()

/// Gives bytes to a connection in pieces, and reads what it answers.
private func outcome(_ bytes: [UInt8], pieces: Int) -> Outcome? {
    var configuration = HTTPServerConfiguration()
    configuration.limits = limits
    let recorder = Recorder()
    let core = ServerCore(recorder, configuration, nil, Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() })
    let channel = EmbeddedChannel()
    let loop = HTTPLoop(channel.eventLoop, timeResolution: .hours(1))
    require(core.takesConnection(from: nil) == .taken)
    guard (try? HTTPConnection.add(to: channel, core, loop, from: nil, tls: nil)) != nil,
        let address = try? SocketAddress(ipAddress: "127.0.0.1", port: 1),
        (try? channel.connect(to: address).wait()) != nil
    else { return nil }
    var start = 0
    var turn = 0
    while start < bytes.count {
        let size = pieces == 0 ? bytes.count : 1 + (pieces &* 31 &+ turn &* 17) % 97
        let end = min(bytes.count, start + size)
        _ = try? channel.writeInbound(ByteBuffer(bytes: bytes[start..<end]))
        start = end
        turn += 1
    }
    var answers: [UInt8] = []
    while let buffer = try? channel.readOutbound(as: ByteBuffer.self) { answers += buffer.readableBytesView }
    _ = try? channel.finish(acceptAlreadyClosed: true)
    require(core.heldBytes == 0, "\(core.heldBytes) bytes of bodies are still held")
    require(core.connectionCount == 0 && core.requestCount == 0, "a request or connection is counted for ever")
    return Outcome(requests: recorder.requests, statuses: statuses(answers))
}

/// The status lines of answers, whose bodies hold no lines.
private func statuses(_ answers: [UInt8]) -> [String] {
    let lines = String(decoding: answers, as: UTF8.self).split(separator: "\r\n")
    if let first = lines.first { require(first.hasPrefix("HTTP/1.1 "), String(first)) }
    return lines.compactMap { line in
        line.firstRange(of: "HTTP/1.1 ").map { String(line[$0.upperBound...].prefix(3)) }
    }
}

/// Any bytes are answered with well-formed answers, and alike however they are cut into pieces.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let pieces = 1 + Int(input.byte())
    let bytes = input.rest()
    let whole = outcome(bytes, pieces: 0)
    require(whole == outcome(bytes, pieces: pieces), "another outcome in pieces: \(String(describing: whole))")
    return 0
}
