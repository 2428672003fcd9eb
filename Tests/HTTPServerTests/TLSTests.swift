import DrivelineTesting
import HTTPServer
import HTTPTestSupport
import NIOCore
import NIOHTTP1
import NIOSSL
import Testing

@Suite(.timeLimit(.minutes(2))) struct TLSTests {
    private static let get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("Requests over TLS are answered, and say that they are")
    func secured() async throws {
        let certificates = try Certificates()
        let trusted = try certificates.renew()
        let handler = ClosureHandler { request, exchange in
            exchange.collectBody { body in
                exchange.respond(
                    .ok, body: ByteBuffer(string: "\(request.isSecure) \(request.peer) \(body.readableBytes)"))
            }
        }
        try await withServer(handler, configuration: .quick { $0.certificate = certificates.files }) { _, port in
            let client = try await RawClient.connect(port, trusting: trusted)
            await client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n")
            await client.send([UInt8](repeating: 0x61, count: 300_000))
            #expect(try await client.answers(1).map(\.text) == ["true 127.0.0.1 300000"])
            await client.send("GET /b HTTP/1.0\r\n\r\n")
            #expect(try await client.answersUntilClose().map(\.status) == [200, 200])
        }
    }

    @Test("The end of a refused request, and of a streamed answer to HTTP/1.0, reach the client over TLS")
    func ends() async throws {
        let certificates = try Certificates()
        let trusted = try certificates.renew()
        let handler = ClosureHandler { _, exchange in
            let writer = exchange.stream(.ok)
            Task {
                try await writer.write(ByteBuffer(string: "all"))
                writer.finish()
            }
        }
        try await withServer(handler, configuration: .quick { $0.certificate = certificates.files }) { server, port in
            let refused = try await RawClient.connect(port, trusting: trusted)
            await refused.send("GET /a HTTP/1.1\r\n\r\n")
            #expect(try await refused.answersUntilClose().map(\.status) == [400])
            let old = try await RawClient.connect(port, trusting: trusted)
            await old.send("GET /a HTTP/1.0\r\n\r\n")
            #expect(try await old.answersUntilClose().map(\.text) == ["all"])
            try await until { server.connectionCount == 0 }
        }
    }

    @Test("A new certificate is used by new connections, and open ones go on with theirs")
    func reload() async throws {
        let certificates = try Certificates()
        let first = try certificates.renew()
        try await withServer(configuration: .quick { $0.certificate = certificates.files }) { server, port in
            let old = try await RawClient.connect(port, trusting: first)
            await old.send(Self.get)
            #expect(try await old.answers(1).map(\.status) == [200])
            let second = try certificates.renew()
            try server.reloadCertificate()
            await old.send(Self.get)
            #expect(try await old.answers(2).map(\.status) == [200, 200])
            let new = try await RawClient.connect(port, trusting: second)
            await new.send(Self.get)
            #expect(try await new.answers(1).map(\.status) == [200])
            let outdated = try await RawClient.connect(port, trusting: first)
            await outdated.send(Self.get)
            #expect(try await outdated.bytesUntilClose() == [])
        }
    }

    @Test("Files that hold no certificate leave the former in use")
    func spoiltFiles() async throws {
        let certificates = try Certificates()
        let trusted = try certificates.renew()
        try await withServer(configuration: .quick { $0.certificate = certificates.files }) { server, port in
            try certificates.spoil()
            #expect(throws: (any Error).self) { try server.reloadCertificate() }
            let client = try await RawClient.connect(port, trusting: trusted)
            await client.send(Self.get)
            #expect(try await client.answers(1).map(\.status) == [200])
        }
    }

    @Test("A server finds out by itself that its certificate has changed")
    func watch() async throws {
        let certificates = try Certificates()
        _ = try certificates.renew()
        var configuration = HTTPServerConfiguration()
        configuration.certificate = certificates.files
        configuration.certificate?.checkInterval = .milliseconds(10)
        configuration.drainTime = .seconds(0)
        let server = try HTTPServer(ClosureHandler.echo, configuration: configuration)
        let running = Task { try await server.run() }
        try await until { server.port != nil }
        let renewed = try certificates.renew()
        try await until {
            let client = try await RawClient.connect(server.port ?? 0, trusting: renewed)
            await client.send(Self.get)
            return try await client.answers(1).map(\.status) == [200]
        }
        running.cancel()
        try await running.value
    }

    @Test("A client that speaks no TLS, or says nothing, is closed")
    func noTLS() async throws {
        let certificates = try Certificates()
        _ = try certificates.renew()
        var limits = HTTPServerLimits.quick
        limits.headTime = .milliseconds(100)
        try await withServer(limits: limits, configuration: .quick { $0.certificate = certificates.files }) {
            server, port in
            let plain = try await RawClient.connect(port)
            await plain.send(Self.get)
            _ = try await plain.bytesUntilClose()
            let silent = try await RawClient.connect(port)
            #expect(try await silent.bytesUntilClose() == [])
            try await until { server.connectionCount == 0 }
        }
    }
}
