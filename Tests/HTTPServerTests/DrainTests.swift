import DrivelineTesting
import HTTPServer
import HTTPTestSupport
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@Suite(.timeLimit(.minutes(2))) struct DrainTests {
    private static let get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("A drain closes idle connections, and lets requests that are under way come to their end")
    func drain() async throws {
        let keeper = ExchangeKeeper()
        // One thread reads what came in the order in which it came, so that the busy client's request shows that
        // the beginning of the other one's has been read.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let configuration = HTTPServerConfiguration.quick { $0.drainTime = .minutes(2) }
        try await withServer(keeper, configuration: configuration, group: group) { server, port in
            let idle = try await RawClient.connect(port)
            let sending = try await RawClient.connect(port)
            await sending.send("GET /b HTTP/1.1\r\n")
            let busy = try await RawClient.connect(port)
            await busy.send(Self.get)
            try await until { server.connectionCount == 3 && keeper.exchanges.count == 1 }
            let draining = Task { await server.drain() }
            #expect(try await idle.bytesUntilClose() == [])
            await sending.send("Host: a\r\n\r\n")
            try await until { keeper.exchanges.count == 2 }
            for exchange in keeper.exchanges { exchange.respond(.ok) }
            for client in [busy, sending] {
                let answers = try await client.answersUntilClose()
                #expect(answers.map(\.status) == [200])
                #expect(answers.first?.header("connection") == "close")
            }
            await draining.value
            #expect(server.connectionCount == 0)
            await #expect(throws: (any Error).self) { try await RawClient.connect(port) }
        }
        try await group.shutdownGracefully()
    }

    @Test("A drain that takes too long cuts off what is left, and tells its handler")
    func cutOff() async throws {
        let keeper = ExchangeKeeper()
        let observer = EventRecorder()
        try await withServer(keeper, observer: observer, configuration: .quick { $0.drainTime = .milliseconds(50) }) {
            server, port in
            let client = try await RawClient.connect(port)
            await client.send(Self.get)
            try await until { keeper.exchanges.count == 1 }
            let isTold = Flag()
            keeper.exchanges[0].onDisconnect { isTold.raise() }
            await server.drain()
            #expect(try await client.bytesUntilClose() == [])
            #expect(observer.cuts == [.drained])
            try await until { isTold.isRaised }
        }
    }

    @Test("An answer that would go on for ever can end when a drain begins")
    func endlessAnswer() async throws {
        let begun = Counter()
        let handler = ClosureHandler { _, exchange in
            let writer = exchange.stream(.ok)
            exchange.onDrain { writer.finish() }
            begun.add()
        }
        try await withServer(handler, configuration: .quick { $0.drainTime = .minutes(2) }) { server, port in
            let client = try await RawClient.connect(port)
            await client.send(Self.get)
            try await until { begun.count == 1 }
            server.announceDrain()
            await server.drain()
            #expect(try await client.answersUntilClose().map(\.status) == [200])
        }
    }

    @Test("A server that will drain says so with each answer, and still accepts connections")
    func announcement() async throws {
        try await withServer { server, port in
            let open = try await RawClient.connect(port)
            await open.send(Self.get)
            #expect(try await open.answers(1).first?.header("connection") == nil)
            server.announceDrain()
            for client in [open, try await RawClient.connect(port)] {
                await client.send(Self.get)
                let last = try #require(try await client.answersUntilClose().last)
                #expect(last.status == 200)
                #expect(last.header("connection") == "close")
            }
        }
    }

    @Test("What is asked after the announcement is told, however late the event loop hears of it")
    func announcementBeforeTasks() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let keeper = ExchangeKeeper()
        try await withServer(keeper, group: group) { server, port in
            let client = try await RawClient.connect(port)
            await client.send(Self.get)
            try await until { keeper.exchanges.count == 1 }
            // The announcement and the answer come to the event loop in one turn, and the answer is first.
            let exchange = keeper.exchanges[0]
            try await group.any().submit {
                server.announceDrain()
                exchange.respond(.ok)
            }.get()
            let answer = try #require(try await client.answersUntilClose().first)
            #expect(answer.header("connection") == "close")
        }
        try await group.shutdownGracefully()
    }
}
