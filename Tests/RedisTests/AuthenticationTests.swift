import Foundation
import LocalServers
import NIOCore
import NIOSSL
import Redis
import Testing

@Suite(.timeLimit(.minutes(2))) struct AuthenticationTests {
    @Test("user and password, or a password alone, let in; the database is chosen")
    func letIn() async throws {
        let server = try await LocalRedis.started(settings: [
            "requirepass": "hush", "user": "app on >secret ~* &* +@all",
        ])
        try await withRedis(on: server) {
            $0.password = "hush"
        } _: { (client) async throws in
            try await client.check()
        }
        try await withRedis(on: server) {
            $0.user = "app"
            $0.password = "secret"
            $0.database = 5
        } _: { (client) async throws in
            #expect(try await client.send("ACL", "WHOAMI").string() == "app")
            #expect(try await client.send("CLIENT", "INFO").string().contains(" db=5 "))
        }
    }

    @Test("a wrong password, none, or no such database is told by name, and no secret is shown anywhere")
    func keptOut() async throws {
        let server = try await LocalRedis.started(settings: ["requirepass": "hush"])
        for (password, database, word) in [("guess-me", 0, "WRONGPASS"), (nil, 0, "NOAUTH"), ("hush", 99, "ERR")] {
            let log = LogLines()
            var configuration = RedisConfiguration(address: .unix(path: server.socketPath))
            configuration.password = password
            configuration.database = database
            configuration.reconnectMilliseconds = 1...20
            let client = try RedisClient(configuration, logger: log.logger, group: testGroup)
            defer { client.shutDown() }
            let error = await #expect(throws: RedisError.self) { try await client.waitUntilReady() }
            #expect(error?.description.contains(word) == true || error?.word == word)
            let later = await #expect(throws: RedisError.self) { try await client.check() }
            #expect(later?.code == .unavailable)
            #expect(log.warnings.count == 1)
            let shown = log.all.joined() + "\(error.debugDescription) \(later.debugDescription)"
            #expect(!shown.contains("guess-me") && !shown.contains("hush"))
        }
        // A server ends with its last reference.
        await server.stop()
    }

    @Test("a user who may not ask for the run id still gets in")
    func withoutRunID() async throws {
        let server = try await LocalRedis.started(settings: ["user": "app on >secret ~* &* +get"])
        try await withRedis(on: server) {
            $0.user = "app"
            $0.password = "secret"
        } _: { (client) async throws in
            #expect(try await client.get("k") == nil)
            #expect(client.runID == nil)
        }
    }

    @Test("TLS: commands and subscriptions go through, and an unknown authority is refused")
    func encrypted() async throws {
        let folder = "/tmp/driveline-redis-tls-\(UInt32.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (server, port) = try await Self.encryptedServer(folder)
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file("\(folder)/cert.pem")
        var configuration = try RedisConfiguration(url: "rediss://localhost:\(port)")
        configuration.tls = tls
        configuration.commandMilliseconds = 20_000
        configuration.connectMilliseconds = 20_000
        let client = try RedisClient(configuration, group: testGroup)
        defer { client.shutDown() }
        try await client.waitUntilReady()
        let value = (0..<300_000).map { UInt8(truncatingIfNeeded: $0) }
        try await client.set("k", value)
        #expect(try await client.get("k") == value)
        let subscription = try client.subscribe(to: ["news"])
        var events = subscription.makeAsyncIterator()
        #expect(await events.next() == .mayHaveMissed)
        try await client.publish("hello", to: "news")
        #expect(
            await events.next() == .message(RedisMessage(channel: "news", pattern: nil, payload: Array("hello".utf8))))

        let stranger = try RedisClient(try RedisConfiguration(url: "rediss://localhost:\(port)"), group: testGroup)
        defer { stranger.shutDown() }
        await #expect(throws: RedisError.self) { try await stranger.waitUntilReady() }
        // A server ends with its last reference.
        await server.stop()
    }

    /// A server that speaks TLS with a certificate in that folder, and its port.
    static func encryptedServer(_ folder: String) async throws -> (LocalRedis, port: Int) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
            .split(separator: " ").map(String.init)
            + ["-addext", "subjectAltName=DNS:localhost", "-keyout", "\(folder)/key.pem", "-out", "\(folder)/cert.pem"]
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        // As root, the server is another user.
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: "\(folder)/key.pem")
        // Somebody may take the port between its choice and the server's start.
        for _ in 0..<20 {
            let port = Int.random(in: 20_000..<60_000)
            let settings = [
                "tls-port": "\(port)", "tls-cert-file": "\(folder)/cert.pem", "tls-key-file": "\(folder)/key.pem",
                "tls-ca-cert-file": "\(folder)/cert.pem", "tls-auth-clients": "no",
            ]
            if let server = try? await LocalRedis.started(settings: settings) {
                return (server, port)
            }
        }
        throw Failure(reason: "no port is free")
    }
}
