internal import GatewayDomain
internal import HTTPServer
internal import NIOCore
internal import NIOHTTP1
internal import RPC
internal import Transcoding
internal import Wire

// Bodies that are streamed out of a call, piece by piece.

extension GatewayRequest {
    /// Begins the call of a download. The answer begins with the first piece, so that a refusal still has its status.
    func beginDownload(_ endpoint: Endpoint, _ message: ByteBuffer, _ options: CallOptions) throws(ProblemDocument) {
        guard let raw = endpoint.raw else { throw .fault }
        guard self.loop.transferBegan(maximum: self.gateway.configuration.maximumTransfers) else {
            throw .tooManyTransfers
        }
        let responses = endpoint.servers.client(for: message).serverStreaming(
            endpoint.method, encoded: message, options: options, on: self.exchange.eventLoop)
        self.exchange.onDisconnect {
            responses.cancel()
            self.left()
        }
        self.gateway.metrics.transfersChanged(by: 1)
        Task {
            await RawDownload(request: self, endpoint: endpoint, raw: raw, responses: responses).run()
            responses.cancel()
            self.exchange.eventLoop.execute {
                self.loop.transferEnded()
                self.gateway.metrics.transfersChanged(by: -1)
            }
        }
    }

    /// Accounts for a download that has begun.
    fileprivate func downloadEnded(_ status: Int, bytes: Int, problemType: String?) {
        self.exchange.eventLoop.execute {
            if self.end() { self.account(status, bytes: bytes, problemType: problemType) }
        }
    }
}

/// One body on its way out of a call.
private struct RawDownload {
    let request: GatewayRequest
    let endpoint: Endpoint
    let raw: RawEndpoint
    let responses: EncodedResponseStream

    func run() async {
        let (request, endpoint, raw) = (self.request, self.endpoint, self.raw)
        var pieces = self.responses.makeAsyncIterator()
        let first: ByteBuffer?
        do throws(RPCError) {
            first = try await pieces.next()
        } catch {
            return await request.onEventLoop { request.refuse(request.problem(error, endpoint)) }
        }
        let head: RawAnswerHead
        do throws(ProblemDocument) {
            head = try request.rawHead(of: first, raw, endpoint)
        } catch {
            return await request.onEventLoop { request.refuse(error) }
        }
        let status = HTTPResponseStatus(statusCode: head.status)
        guard request.request.method != .HEAD else {
            return await request.onEventLoop { request.answer(status, head.fields) }
        }
        let headers = await request.onEventLoop { request.headers(head.fields) }
        await self.write(first, &pieces, to: request.exchange.stream(status, headers: headers), head.status)
    }

    /// Each piece is taken from the service when the client has taken the one before. An answer that breaks off is cut,
    /// with its writer, so that the client does not take it for whole.
    private func write(
        _ first: ByteBuffer?, _ pieces: inout EncodedResponseStream.Iterator, to writer: HTTPResponseWriter,
        _ status: Int
    ) async {
        var bytes = 0
        var next = first
        do {
            while let message = next {
                if let piece = self.raw.bytes(of: message), piece.readableBytes > 0 {
                    bytes += piece.readableBytes
                    try await writer.write(piece)
                }
                next = try await pieces.next()
            }
            self.request.downloadEnded(status, bytes: bytes, problemType: nil)
            writer.finish()
        } catch let error as RPCError where error.code != .cancelled {
            let problem = self.request.problem(error, self.endpoint)
            self.request.downloadEnded(status, bytes: bytes, problemType: problem.type)
        } catch {
            // The client has gone, which has been accounted for.
        }
    }
}
