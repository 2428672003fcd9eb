import DrivelineTesting
import HTTPTestSupport
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import HTTPServer

@Suite(.timeLimit(.minutes(2))) struct ConnectionLimitTests {
    private static func limits(_ change: (inout HTTPServerLimits) -> Void) -> HTTPServerLimits {
        var limits = HTTPServerLimits.quick
        change(&limits)
        return limits
    }

    private static let request = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

    /// A client that has asked once, or is amid its first request.
    private static func client(_ port: Int, asks: String = Self.request) async throws -> RawClient {
        let client = try await RawClient.connect(port)
        await client.send(asks)
        if asks == Self.request { #expect(try await client.answers(1).map(\.status) == [200]) }
        return client
    }

    @Test("Where nobody is idle, one connection more than the limit is closed at once")
    func busy() async throws {
        let observer = EventRecorder()
        let keeper = ExchangeKeeper()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        try await withServer(
            keeper, limits: Self.limits { $0.maximumConnections = 2 }, observer: observer, group: group
        ) { server, port in
            let waiting = try await Self.client(port, asks: "GET /b HTTP/1.1\r\nHost: a\r\n\r\n")
            let sending = try await Self.client(
                port, asks: "POST /c HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx")
            try await until { server.requestCount == 2 }
            let third = try await RawClient.connect(port)
            #expect(try await third.bytesUntilClose() == [])
            #expect(observer.refusedConnections == 1 && observer.displacedConnections == 0)
            #expect(!waiting.isClosed && !sending.isClosed)
            await waiting.close()
            try await until { server.connectionCount == 1 }
            let fourth = try await RawClient.connect(port)
            try await until { server.connectionCount == 2 }
            #expect(!fourth.isClosed)
        }
        #expect(observer.connections == 0)
        try await group.shutdownGracefully()
    }

    @Test("At the limit the connection is closed that is idle for longest, one that never asked before all others")
    func displacement() async throws {
        let observer = EventRecorder()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        try await withServer(
            limits: Self.limits { $0.maximumConnections = 3 }, observer: observer, group: group
        ) { server, port in
            let first = try await Self.client(port)
            let second = try await Self.client(port)
            // Idle for a shorter time than the second now.
            await first.send(Self.request)
            #expect(try await first.answers(2).count == 2)
            let silent = try await RawClient.connect(port)
            try await until { server.connectionCount == 3 }
            let fourth = try await Self.client(port)
            #expect(try await silent.bytesUntilClose() == [])
            #expect(!first.isClosed && !second.isClosed)
            let fifth = try await Self.client(port)
            _ = try await second.answersUntilClose()
            #expect(!first.isClosed && !fourth.isClosed && !fifth.isClosed)
            #expect(observer.displacedConnections == 2 && observer.refusedConnections == 0)
            #expect(server.connectionCount == 3)
        }
        #expect(observer.connections == 0)
        try await group.shutdownGracefully()
    }

    @Test("Over TLS, too, the new connection gets the place at once, though the former client says no farewell")
    func displacementOverTLS() async throws {
        let certificates = try Certificates()
        let trusted = try certificates.renew()
        let observer = EventRecorder()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let configuration = HTTPServerConfiguration.quick { $0.certificate = certificates.files }
        try await withServer(
            limits: Self.limits { $0.maximumConnections = 1 }, observer: observer, configuration: configuration,
            group: group
        ) { _, port in
            let first = try await RawClient.connect(port, trusting: trusted)
            await first.send(Self.request)
            #expect(try await first.answers(1).map(\.status) == [200])
            try await first.channel.setOption(.autoRead, value: false).get()
            let second = try await RawClient.connect(port, trusting: trusted)
            await second.send(Self.request)
            #expect(try await second.answers(1).map(\.status) == [200])
            #expect(observer.displacedConnections == 1)
        }
        try await group.shutdownGracefully()
    }

    @Test("One address has so many connections and no more, and those that are closed no longer count")
    func perAddress() async throws {
        let observer = EventRecorder()
        try await withServer(
            limits: Self.limits { $0.maximumConnectionsPerAddress = 2 }, observer: observer
        ) { server, port in
            let clients = [try await Self.client(port), try await Self.client(port)]
            let third = try await RawClient.connect(port)
            #expect(try await third.bytesUntilClose() == [])
            #expect(observer.refusedConnections == 1 && observer.displacedConnections == 0)
            // Another address of this host.
            let other = try await RawClient.connect(port, from: "127.0.0.2")
            await other.send(Self.request)
            #expect(try await other.answers(1).map(\.status) == [200])
            await clients[0].close()
            try await until { server.connectionCount == 2 }
            _ = try await Self.client(port)
        }
    }

    @Test("Addresses are told apart as clients are: IPv4 whole, also within IPv6, and IPv6 by its network")
    func addresses() throws {
        func address(_ text: String) throws -> ClientAddress? {
            ClientAddress(try SocketAddress(ipAddress: text, port: 1))
        }
        #expect(try address("192.0.2.1") == address("192.0.2.1"))
        #expect(try address("192.0.2.1") != address("192.0.2.2"))
        #expect(try address("::ffff:192.0.2.1") == address("192.0.2.1"))
        #expect(try address("2001:db8::1") == address("2001:db8::ffff:2"))
        #expect(try address("2001:db8::1") != address("2001:db8:0:1::1"))
        #expect(try address("::c000:201") != address("192.0.2.1"))
        #expect(ClientAddress(try SocketAddress(unixDomainSocketPath: "/a")) == nil)
        #expect(ClientAddress(nil) == nil)
    }
}
