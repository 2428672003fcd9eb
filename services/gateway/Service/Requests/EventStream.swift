internal import Authentication
internal import GatewayDomain
internal import HTTPServer
internal import NIOCore
internal import NIOHTTP1
internal import ProtobufC
internal import RPC
internal import Transcoding
internal import Wire

// Streams of responses as server-sent events (the HTML standard, 9.2).

extension GatewayRequest {
    /// Begins the call of a stream. The answer begins with the first response, so that a refusal still has its status.
    func beginStream(_ endpoint: Endpoint, _ message: ByteBuffer, _ options: CallOptions) throws(ProblemDocument) {
        guard self.request.method != .HEAD else { return self.answer(.ok, EventStream.fields) }
        guard self.loop.streamCount < self.gateway.configuration.maximumStreams else { throw .tooManyStreams }
        let responses = endpoint.servers.client(for: message).serverStreaming(
            endpoint.method, encoded: message, options: options, on: self.exchange.eventLoop)
        self.loop.began(responses, of: self)
        self.exchange.onDisconnect { responses.cancel() }
        self.gateway.metrics.streamsChanged(by: 1)
        Task {
            await EventStream(request: self, endpoint: endpoint, responses: responses).run()
            self.exchange.eventLoop.execute { self.loop.ended(self) }
            self.gateway.metrics.streamsChanged(by: -1)
        }
    }

    /// Begins the answer, on the event loop.
    fileprivate func openStream() async -> HTTPResponseWriter {
        let headers = await self.onEventLoop { self.headers(EventStream.fields) }
        return self.exchange.stream(.ok, headers: headers)
    }

    func onEventLoop<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withUnsafeContinuation { continuation in
            self.exchange.eventLoop.execute { continuation.resume(returning: body()) }
        }
    }

    /// Accounts for a stream that has begun.
    fileprivate func streamEnded(bytes: Int) {
        self.exchange.eventLoop.execute { if self.end() { self.account(200, bytes: bytes, problemType: nil) } }
    }
}

/// One stream of events.
private struct EventStream {
    /// How long a client waits before it comes back, in milliseconds.
    static let reconnectMilliseconds = 2_000
    static let fields = [
        HeaderField("Content-Type", MediaTypes.eventStream), HeaderField(CacheLifetime.headerName, "no-store"),
        // A proxy that collects the answer would keep events from their reader.
        HeaderField("X-Accel-Buffering", "no"),
    ]

    let request: GatewayRequest
    let endpoint: Endpoint
    let responses: EncodedResponseStream

    func run() async {
        let first: ByteBuffer?
        do throws(RPCError) {
            var iterator = self.responses.makeAsyncIterator()
            first = try await iterator.next()
        } catch {
            return await self.refuse(error)
        }
        // A client that would come back for ever to a stream that is over is told to stay away (the HTML standard, 9.2.3).
        if first == nil, self.request.head.lastEventID != nil {
            let request = self.request
            let fields = [HeaderField(CacheLifetime.headerName, "no-store")]
            return await request.onEventLoop { request.answer(.noContent, fields) }
        }
        let writer = await self.request.openStream()
        await withTaskGroup(of: Int.self) { group in
            group.addTask { await self.writeEvents(from: first, to: writer) }
            group.addTask {
                await self.stayAlive(writer)
                return 0
            }
            // Whichever ends first ends the other: the events, or the key that they are for.
            var bytes = await group.next() ?? 0
            group.cancelAll()
            self.responses.cancel()
            for await count in group { bytes += count }
            writer.finish()
            self.request.streamEnded(bytes: bytes)
        }
    }

    private func refuse(_ error: RPCError) async {
        let (request, endpoint) = (self.request, self.endpoint)
        await request.onEventLoop { request.refuse(request.problem(error, endpoint)) }
    }

    /// - Returns: The bytes that were written.
    private func writeEvents(from first: ByteBuffer?, to writer: HTTPResponseWriter) async -> Int {
        var bytes = 0
        do {
            var text = "retry: \(Self.reconnectMilliseconds)\n\n"
            var next = first
            var iterator = self.responses.makeAsyncIterator()
            while let message = next {
                text += try self.event(message)
                bytes += text.utf8.count
                try await writer.write(ByteBuffer(string: text))
                text = ""
                next = try await iterator.next()
            }
        } catch let error as RPCError where error.code != .cancelled && error.code != .deadlineExceeded {
            let problem = self.request.problem(error, self.endpoint).json(requestID: self.request.requestID)
            try? await writer.write(ByteBuffer(string: "event: problem\ndata: \(problem)\n\n"))
        } catch {
            // The client has gone, or the stream's time is over and the client comes back by itself.
        }
        return bytes
    }

    /// A response as an event, with where the stream stands after it.
    private func event(_ message: ByteBuffer) throws(TranscodingError) -> String {
        let output = OutputBytes()
        try self.request.gateway.endpoints.transcoder.appendJSON(
            wire: message.readableBytesSpan, of: self.endpoint.route.method.response, to: output)
        let json = output.withBytes { String(decoding: $0, as: UTF8.self) }
        let cursor = self.endpoint.cursors?.response.text(in: message.readableBytesSpan)
        let id = cursor.flatMap { $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? "id: \($0)\n" : nil } ?? ""
        return "\(id)data: \(json)\n\n"
    }

    /// Says from time to time that the stream is alive, as long as its key is.
    private func stayAlive(_ writer: HTTPResponseWriter) async {
        let gateway = self.request.gateway
        guard let key = try? BearerCredential(authorization: self.request.head.authorization).key else { return }
        do {
            while true {
                try await Task.sleep(for: gateway.configuration.streamInterval)
                do throws(RPCError) {
                    _ = try await gateway.verifier.caller(of: key)
                } catch {
                    // That it cannot be found out now ends no stream that was let in.
                    if error.code == .unauthenticated { return }
                }
                try await writer.write(ByteBuffer(string: ":\n\n"))
            }
        } catch {
            // Cancelled, or the client has gone.
        }
    }
}
