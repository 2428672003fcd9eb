import ChannelAdapter
import Foundation
import Postgres
import ServiceKit
import Testing

@testable import ChannelService

@Suite("Credentials at rest")
struct CredentialTests {
    private let key = ConnectionKey(brand: PostgresUUID(high: 1, low: 2), id: "shop")

    private static func base64(_ byte: UInt8) -> String { Data(repeating: byte, count: 32).base64EncodedString() }

    private func sealing(_ keys: String) throws -> CredentialSealing {
        CredentialSealing(keys: try CredentialKeys(keys))
    }

    @Test("what is sealed opens again, and says nothing")
    func roundTrip() throws {
        let sealing = try self.sealing("a:\(Self.base64(1))")
        for text in ["", "token", "ünïcode 🔑", String(repeating: "x", count: 8_192)] {
            let sealed = try sealing.seal(text, name: "accessToken", of: self.key)
            #expect(try sealing.open(sealed, name: "accessToken", of: self.key) == text)
            #expect(sealed.bytes.count == text.utf8.count + 28)
            if !text.isEmpty { #expect(Data(sealed.bytes).range(of: Data(text.utf8)) == nil) }
            #expect(try sealing.seal(text, name: "accessToken", of: self.key).bytes != sealed.bytes)
        }
    }

    @Test("it opens for nothing else: not another name, connection or brand, and not when a bit is changed")
    func authenticated() throws {
        let sealing = try self.sealing("a:\(Self.base64(1))")
        let sealed = try sealing.seal("token", name: "accessToken", of: self.key)
        let others = [
            ("webhookSecret", self.key), ("accessToken", ConnectionKey(brand: self.key.brand, id: "shop-2")),
            ("accessToken", ConnectionKey(brand: PostgresUUID(high: 1, low: 3), id: "shop")),
        ]
        for (name, key) in others {
            #expect(throws: CredentialFault.self) { try sealing.open(sealed, name: name, of: key) }
        }
        for place in sealed.bytes.indices {
            var bytes = sealed.bytes
            bytes[place] ^= 1
            let changed = SealedCredential(keyID: "a", bytes: bytes)
            #expect(throws: CredentialFault.self) { try sealing.open(changed, name: "accessToken", of: self.key) }
        }
        #expect(throws: CredentialFault.self) {
            try sealing.open(SealedCredential(keyID: "a", bytes: [1, 2]), name: "accessToken", of: self.key)
        }
    }

    @Test("the first key seals, all of them open, and a key that is missing is named")
    func ring() throws {
        let old = try self.sealing("a:\(Self.base64(1))")
        let both = try self.sealing("b:\(Self.base64(2)),a:\(Self.base64(1))")
        let new = try self.sealing("b:\(Self.base64(2))")
        let sealed = try old.seal("token", name: "n", of: self.key)
        #expect(sealed.keyID == "a")
        #expect(try both.open(sealed, name: "n", of: self.key) == "token")
        #expect(try both.seal("token", name: "n", of: self.key).keyID == "b")
        let fault = #expect(throws: CredentialFault.self) { try new.open(sealed, name: "n", of: self.key) }
        #expect(fault?.description.contains("the key a, which is not among those") == true)
    }

    @Test(
        "a setting that is none is refused, and nothing of it is shown",
        arguments: [
            "", "secretsecret", "a:", "a:secretsecret", ":\(base64(1))", "A:\(base64(1))", "a:\(base64(1)),",
            "a:\(base64(1)),a:\(base64(2))", "a b:\(base64(1))",
            (0..<17).map { "k\($0):\(base64(UInt8($0)))" }.joined(separator: ","),
        ])
    func settings(_ text: String) {
        let error = #expect(throws: StartupError.self) { try CredentialKeys(text) }
        #expect(error?.exitCode == StartupError.configurationExitCode)
        #expect(error?.description.contains("secretsecret") == false)
        #expect(error?.description.contains(Self.base64(1)) == false)
    }

    @Test("keys and accounts print nothing of what they hold")
    func printing() async throws {
        let keys = try CredentialKeys("a:\(Self.base64(1))")
        for text in ["\(keys)", String(reflecting: keys), String(describing: Mirror(reflecting: keys).children)] {
            #expect(!text.contains(Self.base64(1)) && !text.contains("SymmetricKey"))
        }
        try await ConnectionHarness.with { harness in
            try await harness.put(ConnectionHarness.connection(["accessToken": "hush-hush"]))
            let connection = try #require(try await harness.connections.connection(harness.key()))
            #expect(connection.account.credentials == ["accessToken": "hush-hush"])
            var dumped = ""
            dump(connection, to: &dumped)
            for text in ["\(connection)", String(reflecting: connection), "\(connection.account)", dumped] {
                #expect(!text.contains("hush-hush"))
            }
        }
    }

    @Test("with another key in front, all is sealed anew at the start, and the old key is not needed any more")
    func rotation() async throws {
        try await ConnectionHarness.with(keys: "a:\(Self.base64(1))") { harness in
            for number in 0..<90 {
                try await harness.put(
                    ConnectionHarness.connection(["accessToken": "t\(number)", "webhookSecret": "w\(number)"]),
                    id: "shop-\(number)")
            }
            let both = CredentialUpkeep(
                pool: harness.pool, sealing: try self.sealing("b:\(Self.base64(2)),a:\(Self.base64(1))"),
                logger: harness.log.logger)
            try await both.start()
            #expect(try await harness.number("select count(*) from connection_secret where key_id <> 'b'") == 0)
            #expect(try await harness.number("select count(*) from connection_secret where key_id = 'b'") == 180)
            // A second start finds nothing to do, nor does one without the old key.
            let alone = try self.sealing("b:\(Self.base64(2))")
            try await CredentialUpkeep(pool: harness.pool, sealing: alone, logger: harness.log.logger).start()
            let rows = try CredentialRows.read(
                try await harness.pool.query(CredentialRows.all(of: harness.key("shop-89"))))
            #expect(try rows.map { try alone.open($0.sealed, name: $0.name, of: $0.connection) } == ["t89", "w89"])
            #expect(harness.log.lines.contains { $0.contains("sealed 180 credentials anew with the key b") })
        }
    }

    @Test("without the key, or with another one under its name, the service does not start, and says which")
    func wrongKey() async throws {
        try await ConnectionHarness.with(keys: "a:\(Self.base64(1))") { harness in
            try await harness.put()
            for (keys, reason) in [
                ("b:\(Self.base64(2))", "the key a, which is not among those of --channel-credential-keys"),
                ("a:\(Self.base64(3))", "does not open with the key a"),
                ("b:\(Self.base64(2)),a:\(Self.base64(3))", "does not open with the key a"),
            ] {
                let upkeep = CredentialUpkeep(
                    pool: harness.pool, sealing: try self.sealing(keys), logger: harness.log.logger)
                let error = await #expect(throws: StartupError.self) { try await upkeep.start() }
                #expect(error?.description.contains(reason) == true, "\(error.map { "\($0)" } ?? "")")
                #expect(error?.exitCode == StartupError.configurationExitCode)
            }
            #expect(try await harness.number("select count(*) from connection_secret where key_id = 'a'") == 1)
        }
    }
}
