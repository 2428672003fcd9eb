internal import GatewayDomain
internal import HTTPServer
internal import NIOCore
internal import ProtobufC
internal import RPC
internal import Transcoding
internal import Wire

// Bodies that are streamed into a call, piece by piece.

extension GatewayRequest {
    /// Begins the call of an upload, which answers perhaps before all of the body is there.
    func beginUpload(_ endpoint: Endpoint) {
        do throws(ProblemDocument) {
            guard let raw = endpoint.raw, let field = raw.body else { throw .fault }
            let message = try self.message(endpoint, ByteBuffer())
            let options = try self.options(endpoint)
            guard self.loop.transferBegan(maximum: self.gateway.configuration.maximumTransfers) else {
                throw .tooManyTransfers
            }
            // A body that is declared to be too large has been refused when this returns.
            self.exchange.onDisconnect { self.left() }
            let chunks = self.exchange.bodyChunks(limit: raw.maximumBytes)
            guard !self.hasEnded else { return self.loop.transferEnded() }
            let call = endpoint.servers.client(for: message).clientStreaming(
                endpoint.method, options: options, on: self.exchange.eventLoop)
            self.exchange.onDisconnect { call.cancel() }
            self.gateway.metrics.transfersChanged(by: 1)
            Task {
                let result = await RawUpload(call: call, first: message, chunks: chunks, field: field).run()
                self.exchange.eventLoop.execute {
                    self.loop.transferEnded()
                    self.gateway.metrics.transfersChanged(by: -1)
                    if let result { self.called(result, endpoint) }
                }
            }
        } catch {
            self.refuse(error)
        }
    }
}

/// One body on its way into a call.
struct RawUpload: Sendable {
    /// The bytes of one message: the body comes in parts of any size, inflated ones among them.
    static let pieceBytes = 65_536

    private enum Part: Sendable {
        case sent(isBodyLost: Bool)
        case answered(Result<ByteBuffer, RPCError>)
    }

    let call: EncodedUpload
    let first: ByteBuffer
    let chunks: HTTPBodyChunks
    let field: WireField

    /// Sends the body, and waits for the answer, which may come at any time.
    ///
    /// - Returns: `nil` where nobody waits for it: the body was lost, with its client or because the server refused it.
    func run() async -> Result<ByteBuffer, RPCError>? {
        await withTaskGroup(of: Part.self) { group in
            group.addTask { .sent(isBodyLost: await self.send()) }
            group.addTask {
                do throws(RPCError) {
                    return .answered(.success(try await self.call.response()))
                } catch {
                    return .answered(.failure(error))
                }
            }
            var answer: Result<ByteBuffer, RPCError>?
            for await part in group {
                switch part {
                case .answered(let result):
                    answer = result
                    group.cancelAll()
                // A body without its end must not be taken for whole: the call is given up, and never finished.
                case .sent(isBodyLost: true) where answer == nil:
                    self.call.cancel()
                    group.cancelAll()
                    return nil
                case .sent: break
                }
            }
            return answer
        }
    }

    /// Each piece is taken from the client when the one before has been taken by the service.
    ///
    /// - Returns: Whether the body broke off.
    private func send() async -> Bool {
        do {
            try await self.call.write(self.first)
            for try await var chunk in self.chunks {
                while let piece = chunk.readSlice(length: min(Self.pieceBytes, chunk.readableBytes)),
                    piece.readableBytes > 0
                {
                    try await self.call.write(self.message(piece))
                }
            }
            await self.call.finish()
            return false
        } catch is HTTPStreamError {
            return true
        } catch {
            // The call is over: its answer says why.
            return false
        }
    }

    private func message(_ piece: ByteBuffer) -> ByteBuffer {
        let output = OutputBytes()
        self.field.appendHead(length: piece.readableBytes, to: output)
        var message = ByteBuffer()
        output.withBytes { head in
            message.reserveCapacity(head.count + piece.readableBytes)
            message.writeBytes(head)
        }
        message.writeImmutableBuffer(piece)
        return message
    }
}
