import ChannelAPI
import ChannelAdapter
import ChannelMessages
import Postgres
import RPC
import RPCMessages
import ServiceKit
import Testing

@testable import ChannelService

@Suite("Connections as they are asked for, paused, stopped and forgotten")
struct ConnectionServiceTests {
    @Test("another brand's connection is not there, whatever is asked of it")
    func strangers() async throws {
        try await ConnectionHarness.with { harness in
            try await harness.put()
            let request = ConnectionRequest(id: "shop")
            let calls: [@Sendable () async throws -> Void] = [
                { _ = try await harness.stranger.getConnection(request) },
                { _ = try await harness.stranger.deleteConnection(request) },
                { _ = try await harness.stranger.pauseConnection(PauseConnectionRequest(id: "shop")) },
                { _ = try await harness.stranger.resumeConnection(request) },
                { _ = try await harness.stranger.checkConnection(request) },
                { _ = try await harness.stranger.getSync(GetSyncRequest(connection: "shop")) },
                { _ = try await harness.mappingStranger.getMapping(GetMappingRequest(connection: "shop")) },
                { _ = try await harness.mappingStranger.deleteMapping(GetMappingRequest(connection: "shop")) },
                {
                    _ = try await harness.mappingStranger.putMapping(
                        PutMappingRequest(connection: "shop", mapping: Mapping()))
                },
                {
                    _ = try await harness.mappingStranger.previewMapping(
                        PreviewMappingRequest(connection: "shop", sku: "ABC1234"))
                },
            ]
            for call in calls {
                #expect(try await harness.problem(call)?.type == "connection-not-found")
            }
            #expect(try await harness.stranger.listConnections(ListConnectionsRequest()).connections.isEmpty)
            #expect(try await harness.client.getConnection(request).version == 1)
        }
    }

    @Test("a paused connection is not active until it is resumed, and says why and since when")
    func pause() async throws {
        try await ConnectionHarness.with { harness in
            try await harness.put()
            _ = try await harness.connections.connection(harness.key())
            let paused = try await harness.client.pauseConnection(
                PauseConnectionRequest(id: "shop", reason: "stocktaking"))
            #expect(paused.status == .paused && paused.statusReason == "stocktaking" && paused.version == 2)
            #expect(try await harness.connections.active().isEmpty)
            #expect(try await harness.connections.connection(harness.key())?.connection.status == .paused)
            let again = try await harness.client.pauseConnection(
                PauseConnectionRequest(id: "shop", reason: "stocktaking"))
            #expect(again == paused)
            // A change leaves it paused, new secrets or not.
            #expect(
                try await harness.put(ConnectionHarness.connection(["accessToken": "new"])).connection?.status
                    == .paused)
            let resumed = try await harness.client.resumeConnection(ConnectionRequest(id: "shop"))
            #expect(resumed.status == .active && resumed.statusReason.isEmpty && resumed.version == 4)
            #expect(try await harness.client.resumeConnection(ConnectionRequest(id: "shop")) == resumed)
            #expect(try await harness.connections.active() == [harness.key()])
        }
    }

    @Test("a connection that its platform refuses is stopped once, with the reason; new secrets or the brand resume it")
    func stop() async throws {
        try await ConnectionHarness.with { harness in
            try await harness.put()
            try await harness.connections.stop(harness.key(), reason: "http-401: the token is not taken")
            let stopped = try await harness.client.getConnection(ConnectionRequest(id: "shop"))
            #expect(stopped.status == .stopped && stopped.statusReason == "http-401: the token is not taken")
            #expect(try await harness.connections.active().isEmpty)
            try await harness.connections.stop(harness.key(), reason: "again")
            #expect(try await harness.client.getConnection(ConnectionRequest(id: "shop")) == stopped)
            #expect(harness.log.lines.filter { $0.contains("stopped a connection") }.count == 1)

            var renamed = ConnectionHarness.connection([:])
            renamed.name = "Shop 2"
            #expect(try await harness.put(renamed).connection?.status == .stopped)
            renamed.credentials = ["accessToken": "new"]
            let resumed = try await harness.put(renamed)
            #expect(resumed.connection?.status == .active && resumed.connection?.statusReason == "")

            try await harness.connections.stop(harness.key(), reason: "x")
            #expect(try await harness.client.resumeConnection(ConnectionRequest(id: "shop")).status == .active)
            // What the brand has paused stays paused.
            _ = try await harness.client.pauseConnection(PauseConnectionRequest(id: "shop", reason: "ours"))
            try await harness.connections.stop(harness.key(), reason: "x")
            #expect(try await harness.client.getConnection(ConnectionRequest(id: "shop")).statusReason == "ours")
        }
    }

    @Test("a change that another process has made is seen soon, without being told of")
    func otherProcess() async throws {
        try await ConnectionHarness.with { harness in
            try await harness.put()
            let other = try Connections(
                harness.pool, registry: ConnectionRegistry([SampleAdapter()]), sealing: harness.connections.sealing,
                logger: harness.log.logger)
            #expect(try await other.connection(harness.key())?.connection.status == .active)
            _ = try await harness.client.pauseConnection(PauseConnectionRequest(id: "shop"))
            while try await other.connection(harness.key())?.connection.status != .paused {
                try await Task.sleep(for: .milliseconds(20))
            }
            _ = try await harness.client.deleteConnection(ConnectionRequest(id: "shop"))
            while try await other.connection(harness.key()) != nil { try await Task.sleep(for: .milliseconds(20)) }
            // One of the same id is another one, though its version is the same.
            try await harness.put(ConnectionHarness.connection(["accessToken": "of the second"]))
            while try await other.connection(harness.key())?.account.credentials["accessToken"] != "of the second" {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    @Test("a connection is forgotten with its secrets, and asked for again it is not there")
    func delete() async throws {
        try await ConnectionHarness.with { harness in
            try await harness.put()
            let path = try await harness.client.getConnection(ConnectionRequest(id: "shop")).notificationPath
            _ = harness.concern.take()
            _ = try await harness.client.deleteConnection(ConnectionRequest(id: "shop"))
            #expect(harness.concern.take() == [.forgotten("shop"), .changed("shop")])
            #expect(try await harness.connections.connection(harness.key()) == nil)
            #expect(try await harness.number("select count(*) from connection_secret") == 0)
            #expect(try await harness.number("select count(*) from connection_health") == 0)
            let gone = try await harness.problem {
                _ = try await harness.client.deleteConnection(ConnectionRequest(id: "shop"))
            }
            #expect(gone?.type == "connection-not-found")
            // The path of one is never that of another, not even of the same name.
            #expect(try await harness.put().connection?.notificationPath != path)
        }
    }

    @Test("connections are listed by id, in pages, by platform and status; a token belongs to its question")
    func list() async throws {
        try await ConnectionHarness.with { harness in
            for number in 0..<5 { try await harness.put(id: "c\(number)") }
            _ = try await harness.client.pauseConnection(PauseConnectionRequest(id: "c3"))
            var ids: [String] = []
            var token = ""
            repeat {
                let page = try await harness.client.listConnections(
                    ListConnectionsRequest(pageSize: 2, pageToken: token))
                ids += page.connections.map(\.id)
                #expect(page.connections.allSatisfy { $0.credentials.isEmpty })
                token = page.nextPageToken
            } while !token.isEmpty
            #expect(ids == ["c0", "c1", "c2", "c3", "c4"])
            let paused = try await harness.client.listConnections(
                ListConnectionsRequest(platform: "sample", status: [.paused, .stopped]))
            #expect(paused.connections.map(\.id) == ["c3"])
            #expect(
                try await harness.client.listConnections(ListConnectionsRequest(platform: "other")).connections.isEmpty)
            let first = try await harness.client.listConnections(ListConnectionsRequest(pageSize: 1))
            for (platform, token) in [("sample", first.nextPageToken), ("", "0"), ("", first.nextPageToken + "00")] {
                let problem = try await harness.problem {
                    _ = try await harness.client.listConnections(
                        ListConnectionsRequest(platform: platform, pageToken: token))
                }
                #expect(problem?.type == "invalid-page-token" && problem?.fields.first?.field == "pageToken")
            }
        }
    }

    @Test("a check says what the platform says, and the connection's health remembers it")
    func check() async throws {
        try await ConnectionHarness.with { harness in
            try await harness.put()
            let good = try await harness.client.checkConnection(ConnectionRequest(id: "shop"))
            #expect(good.works && good.account == ["name": "The shop of https://shop.example/me"])
            var health = try await harness.client.getConnection(ConnectionRequest(id: "shop")).health
            #expect(health?.succeededAt != nil && health?.failedAt == nil)
            try await harness.put(ConnectionHarness.connection(["accessToken": "revoked-token"]))
            let bad = try await harness.client.checkConnection(ConnectionRequest(id: "shop"))
            #expect(!bad.works && bad.problems == ["http-401: the token is not taken"])
            health = try await harness.client.getConnection(ConnectionRequest(id: "shop")).health
            #expect(health?.error == "http-401: the token is not taken" && health?.failedAt != nil)
            #expect(try await harness.client.getConnection(ConnectionRequest(id: "shop")).status == .active)
        }
    }

    @Test("the platforms that there are adapters for are told with what they ask for")
    func platforms() async throws {
        try await ConnectionHarness.with { harness in
            let platform = try #require(
                try await harness.client.listPlatforms(ListPlatformsRequest()).platforms.first)
            #expect(platform.id == "sample" && platform.settings.map(\.name) == ["domain", "warehouse"])
            #expect(platform.credentials.map(\.required) == [true, false])
            #expect(platform.operations.first?.rows == 250)
        }
    }

    @Test("two adapters of one platform, or one whose mapping is not valid, keep the service from starting")
    func adapters() {
        #expect(throws: StartupError.self) { try ConnectionRegistry([SampleAdapter(), SampleAdapter()]) }
        let broken = SampleAdapter(rules: [MappingRule(target: "t", source: "[")])
        let error = #expect(throws: StartupError.self) { try ConnectionRegistry([broken]) }
        #expect(error?.description.contains("rules[0].source") == true)
    }

    @Test("no secret is in any answer, refusal or line of the log, nor in the clear in any table")
    func secrecy() async throws {
        try await ConnectionHarness.with { harness in
            let secrets = ["accessToken": "XYZZY-access", "webhookSecret": "XYZZY-webhook\u{7}"]
            var said: [String] = []
            let refused = await #expect(throws: RPCError.self) {
                try await harness.put(ConnectionHarness.connection(secrets))
            }
            said.append("\(String(describing: refused)) \(String(reflecting: refused))")
            let good = ["accessToken": "XYZZY-access", "webhookSecret": "XYZZY-webhook"]
            let made = try await harness.put(ConnectionHarness.connection(good))
            said.append("\(made)")
            said.append("\(try await harness.client.getConnection(ConnectionRequest(id: "shop")))")
            said.append("\(try await harness.client.listConnections(ListConnectionsRequest()))")
            said.append("\(try await harness.client.checkConnection(ConnectionRequest(id: "shop")))")
            said.append("\(try await harness.client.pauseConnection(PauseConnectionRequest(id: "shop")))")
            try await harness.connections.stop(harness.key(), reason: "x")
            said += harness.log.lines
            for text in said { #expect(!text.contains("XYZZY"), "\(text)") }
            for table in ["connection", "connection_secret", "connection_health", "event"] {
                // An escape of bytes as they stand, or text.
                let rows = try await harness.pool.query(Self.statement(of: table))
                for row in rows {
                    let text = try row.decode(String.self)
                    #expect(!text.contains("XYZZY") && !text.contains("58595a5a59"), "\(table)")
                }
            }
        }
    }

    private static func statement(of table: String) -> PostgresStatement {
        switch table {
        case "connection": PostgresStatement("select c::text from connection c")
        case "connection_secret": PostgresStatement("select c::text from connection_secret c")
        case "connection_health": PostgresStatement("select c::text from connection_health c")
        default: PostgresStatement("select c::text from event c")
        }
    }
}
