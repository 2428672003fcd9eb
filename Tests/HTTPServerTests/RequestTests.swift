import HTTPServer
import HTTPTestSupport
import NIOCore
import NIOHTTP1
import Testing

@Suite(.timeLimit(.minutes(2))) struct RequestTests {
    @Test("A request is answered, and the connection is kept")
    func keptConnection() async throws {
        try await withServer { _, port in
            let client = try await RawClient.connect(port)
            await client.send("GET /a?b=c HTTP/1.1\r\nHost: a\r\n\r\n")
            let first = try await client.answers(1)
            #expect(first.map(\.text) == ["GET /a?b=c 0"])
            #expect(first.first?.header("connection") == nil)
            #expect(first.first?.header("date")?.hasSuffix("GMT") == true)
            await client.send("POST /d HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
            #expect(try await client.answers(2).map(\.text) == ["GET /a?b=c 0", "POST /d 3"])
        }
    }

    @Test("Requests that are sent at once are answered in order, though the first is answered last")
    func pipelining() async throws {
        let keeper = ExchangeKeeper()
        try await withServer(keeper) { _, port in
            let client = try await RawClient.connect(port)
            let requests = (0..<500).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
            await client.send(requests)
            for index in 0..<500 {
                try await client.waitUntil { keeper.exchanges.count == index + 1 }
                keeper.exchanges[index].respond(.ok, body: ByteBuffer(string: "\(index)"))
            }
            let answers = try await client.answers(500)
            #expect(answers.map(\.text) == (0..<500).map(String.init))
        }
    }

    @Test("A head alone is sent for HEAD, with the length that the body has")
    func head() async throws {
        try await withServer { _, port in
            let client = try await RawClient.connect(port)
            await client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n")
            let answers = try await client.answers(2, heads: [0])
            #expect(answers.first?.header("content-length") == "9")
            #expect(answers.map(\.text) == ["", "GET /b 0"])
        }
    }

    @Test("HTTP/1.0 ends with its answer, unless it asks for more")
    func oldVersion() async throws {
        try await withServer { _, port in
            let client = try await RawClient.connect(port)
            await client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try await client.answers(1).first?.header("connection") == "keep-alive")
            await client.send("GET /b HTTP/1.0\r\n\r\n")
            let answers = try await client.answersUntilClose()
            #expect(answers.map(\.text) == ["GET /a 0", "GET /b 0"])
            #expect(answers.last?.header("connection") == "close")
        }
    }

    @Test("A client that asks for the end gets it")
    func close() async throws {
        try await withServer { _, port in
            let client = try await RawClient.connect(port)
            await client.send("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(try await client.answersUntilClose().map(\.status) == [200])
        }
    }

    @Test("An upgrade is ignored, and the connection ends with its answer")
    func upgrade() async throws {
        try await withServer { _, port in
            let client = try await RawClient.connect(port)
            await client.send(
                "GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n"
                    + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
            let answers = try await client.answersUntilClose()
            #expect(answers.map(\.text) == ["GET /a 0"])
            #expect(answers.first?.header("connection") == "close")
        }
    }

    @Test("A client that waits for permission to send a body gets it when the body is asked for")
    func expectation() async throws {
        try await withServer { _, port in
            let client = try await RawClient.connect(port)
            await client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await client.answers(1).map(\.status) == [100])
            await client.send("abc")
            #expect(try await client.answers(2).map(\.text) == ["", "POST /a 3"])
        }
    }

    @Test("A client that waits in vain for permission is answered, and its connection ended")
    func refusedExpectation() async throws {
        let handler = ClosureHandler { _, exchange in exchange.respond(.unauthorized) }
        try await withServer(handler) { _, port in
            let client = try await RawClient.connect(port)
            await client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await client.answersUntilClose().map(\.status) == [401])
        }
    }

    @Test("A small body that nobody reads is dropped, a large one ends the connection")
    func unreadBodies() async throws {
        let handler = ClosureHandler { _, exchange in exchange.respond(.unauthorized) }
        try await withServer(handler) { _, port in
            let client = try await RawClient.connect(port)
            await client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n")
            #expect(try await client.answers(1).map(\.status) == [401])
            await client.send("abcGET /b HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.answers(2).map(\.status) == [401, 401])
            await client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\nabc")
            let answers = try await client.answersUntilClose()
            #expect(answers.map { $0.header("connection") } == [nil, nil, "close"])
        }
    }

    @Test("The authority of an absolute target takes the place of the host")
    func absoluteTarget() async throws {
        let handler = ClosureHandler { request, exchange in
            let host = request.headers["Host"].joined(separator: ",")
            exchange.respond(.ok, body: ByteBuffer(string: "\(host) \(request.target)"))
        }
        try await withServer(handler) { _, port in
            let client = try await RawClient.connect(port)
            await client.send("GET http://other:80/a?b HTTP/1.1\r\nHost: a\r\n\r\n")
            await client.send("GET HTTPS://other?b HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.answers(2).map(\.text) == ["other:80 /a?b", "other /?b"])
        }
    }

    @Test("Answers without a body say nothing of one")
    func noBody() async throws {
        let handler = ClosureHandler { request, exchange in
            exchange.respond(request.target == "/204" ? .noContent : .notModified, body: ByteBuffer(string: "lost"))
        }
        try await withServer(handler) { _, port in
            let client = try await RawClient.connect(port)
            await client.send("GET /204 HTTP/1.1\r\nHost: a\r\n\r\nGET /304 HTTP/1.1\r\nHost: a\r\n\r\n")
            let answers = try await client.answers(2)
            #expect(answers.map(\.status) == [204, 304])
            #expect(answers.map { $0.header("content-length") } == [nil, nil])
        }
    }

    @Test("An answer whose headers would be read as more of them is not sent")
    func responseSplitting() async throws {
        let handler = ClosureHandler { _, exchange in
            exchange.respond(.ok, headers: ["X": "a\r\nSet-Cookie: b"], body: ByteBuffer(string: "secret"))
        }
        try await withServer(handler) { _, port in
            let client = try await RawClient.connect(port)
            await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            let answers = try await client.answersUntilClose()
            #expect(answers.map(\.status) == [500])
            #expect(answers.first?.header("set-cookie") == nil)
            #expect(answers.first?.text.contains("secret") == false)
        }
    }

    @Test("What a handler says of framing is left out; common headers are sent with every answer")
    func serverHeaders() async throws {
        let handler = ClosureHandler { _, exchange in
            exchange.respond(
                .ok, headers: ["Content-Length": "99", "Transfer-Encoding": "chunked", "Date": "never", "X": "y"],
                body: ByteBuffer(string: "abc"))
        }
        try await withServer(handler, configuration: .quick { $0.commonHeaders = ["Server": "test"] }) { _, port in
            let client = try await RawClient.connect(port)
            await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /a HTTP/1.0\r\nHost: a b\r\n\r\n")
            let answers = try await client.answersUntilClose()
            #expect(answers.map(\.status) == [200, 400])
            #expect(answers.map { $0.headers["server"] } == [["test"], ["test"]])
            #expect(answers[0].headers["content-length"] == ["3"])
            #expect(answers[0].headers["date"]?.count == 1)
            #expect(answers[0].header("x") == "y")
        }
    }

    @Test("A handler's second answer, and one after the client has gone, do nothing")
    func lateAnswers() async throws {
        let keeper = ExchangeKeeper()
        try await withServer(keeper) { server, port in
            let client = try await RawClient.connect(port)
            await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            try await client.waitUntil { keeper.exchanges.count == 1 }
            keeper.exchanges[0].respond(.ok, body: ByteBuffer(string: "one"))
            keeper.exchanges[0].respond(.ok, body: ByteBuffer(string: "two"))
            await client.send("GET /b HTTP/1.1\r\nHost: a\r\n\r\n")
            try await client.waitUntil { keeper.exchanges.count == 2 }
            keeper.exchanges[0].respond(.ok, body: ByteBuffer(string: "three"))
            keeper.exchanges[1].respond(.ok, body: ByteBuffer(string: "four"))
            #expect(try await client.answers(2).map(\.text) == ["one", "four"])
            await client.send("GET /c HTTP/1.1\r\nHost: a\r\n\r\n")
            try await client.waitUntil { keeper.exchanges.count == 3 }
            await client.close()
            try await client.waitUntil { server.connectionCount == 0 }
            keeper.exchanges[2].respond(.ok)
            #expect(server.requestCount == 0)
        }
    }
}
