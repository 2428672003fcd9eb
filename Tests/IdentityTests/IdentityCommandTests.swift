import ArgumentParser
import Foundation
import IdentityMessages
import RPC
import RPCTestSupport
import Testing

@testable import driveline

@Suite("The commands about brands and keys", .timeLimit(.minutes(5)))
struct IdentityCommandTests {
    /// What a command wrote, and how it ended.
    private struct Outcome {
        var output = ""
        var complaints: [String] = []
        var exitCode: Int32 = 0
    }

    private static func run(
        _ identity: IdentityHarness, _ arguments: [String], environment: [String: String]? = nil
    ) async throws -> Outcome {
        let outcome = Watched(Outcome())
        let environment =
            environment ?? [
                IdentityConnection.addressVariable: "127.0.0.1:\(identity.address.port)",
                IdentityConnection.tokenVariable: IdentityHarness.token,
            ]
        var terminal = Terminal()
        terminal.write = { bytes in outcome.update { $0.output += String(decoding: bytes, as: UTF8.self) } }
        terminal.complain = { line in outcome.update { $0.complaints.append(line) } }
        terminal.environment = { environment[$0] }
        guard var command = try Driveline.parseAsRoot(arguments) as? any AsyncParsableCommand else {
            throw ExitCode(64)
        }
        do {
            try await Terminal.$current.withValue(terminal) { try await command.run() }
        } catch let code as ExitCode {
            outcome.update { $0.exitCode = code.rawValue }
        }
        return outcome.value
    }

    private static func json<Value>(_ outcome: Outcome, as: Value.Type) throws -> Value {
        try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? Value)
    }

    @Test("a brand and a key are created, the secret alone stands at the output, and the key is listed and revoked")
    func life() async throws {
        try await IdentityHarness.with { identity in
            let brand = try await Self.run(identity, ["brands", "create", "acme", "--name", "Acme Brakes"])
            #expect(brand.output.contains("acme  Acme Brakes  active") && brand.exitCode == 0)
            let created = try await Self.run(
                identity,
                [
                    "keys", "create", "--brand", "acme", "--scopes", "identity:read", "--note", "a try",
                    "--expires-in", "90d",
                ])
            let lines = created.output.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count == 2 && lines[1].isEmpty && created.complaints.count == 1)
            let secret = String(try #require(lines.first))
            #expect(try await identity.verify(secret).verdict == .valid)
            let listed = try Self.json(
                await Self.run(identity, ["keys", "list", "--brand", "acme", "--json"]), as: [[String: Any]].self)
            let key = try #require(listed.first)
            #expect(listed.count == 1 && key["note"] as? String == "a try" && key["expiresAt"] is String)
            #expect(key["scopes"] as? [String] == ["identity:read"] && key["createdBy"] as? String == "operator")
            let id = try #require(key["id"] as? String)
            let revoked = try await Self.run(identity, ["keys", "revoke", id, "--brand", "acme"])
            #expect(revoked.output.contains(id) && revoked.exitCode == 0)
            #expect(try await identity.verify(secret).verdict == .revoked)
            let table = try await Self.run(identity, ["keys", "list", "--brand", "acme"]).output
            #expect(table.hasPrefix("ID ") && table.contains("a try") && !table.contains(secret))
        }
    }

    @Test("with JSON the key and its secret are one object; brands are listed, suspended and activated")
    func jsonOutput() async throws {
        try await IdentityHarness.with { identity in
            _ = try await Self.run(identity, ["brands", "create", "acme"])
            let created = try Self.json(
                await Self.run(identity, ["keys", "create", "--brand", "acme", "--scopes", "identity:read", "--json"]),
                as: [String: Any].self)
            #expect((created["secret"] as? String)?.hasPrefix("dl_live_") == true)
            #expect((created["key"] as? [String: Any])?["expiresAt"] == nil)
            for (command, status) in [("suspend", "suspended"), ("activate", "active")] {
                _ = try await Self.run(identity, ["brands", command, "acme"])
                let brands = try Self.json(
                    await Self.run(identity, ["brands", "list", "--json"]), as: [[String: Any]].self)
                #expect(brands.map { $0["status"] as? String } == [status])
            }
        }
    }

    @Test("what is refused, missing or wrong is one line and exit code 1, without the token")
    func refusals() async throws {
        try await IdentityHarness.with { identity in
            _ = try await identity.makeBrand()
            let address = ["--identity", "127.0.0.1:\(identity.address.port)"]
            let create = ["keys", "create", "--brand", "acme", "--scopes", "identity:raed"]
            let cases: [(arguments: [String], environment: [String: String]?, expected: String)] = [
                (create, nil, "perhaps identity:read"),
                (["keys", "list", "--brand", "nobody"], nil, "there is no such brand"),
                (["keys", "revoke", "x", "--brand", "acme"], nil, "there is no such key"),
                (["brands", "list"], [:], "give --identity or DRIVELINE_IDENTITY_ADDRESS"),
                (["brands", "list"] + address, [:], "give --token-file, DRIVELINE_SERVICE_TOKEN_FILE or"),
                (["brands", "list"] + address, ["DRIVELINE_SERVICE_TOKEN_FILE": "/nowhere"], "cannot read /nowhere"),
                (["brands", "list", "--timeout", "30"] + address, ["DRIVELINE_SERVICE_TOKEN": "wrong"], "driveline: "),
            ]
            for refused in cases {
                let outcome = try await Self.run(identity, refused.arguments, environment: refused.environment)
                #expect(outcome.exitCode == 1 && outcome.output.isEmpty)
                #expect(outcome.complaints.count == 1)
                #expect(outcome.complaints.first?.contains(refused.expected) == true, "\(outcome.complaints)")
                #expect(outcome.complaints.first?.contains(IdentityHarness.token) != true)
            }
        }
    }

    @Test("stock is verified by a brand's short name too, and where it cannot be, the exit code says so")
    func verification() async throws {
        try await IdentityHarness.with { identity in
            _ = try await identity.makeBrand()
            // Nobody listens there: who gets as far as that has found the brand.
            let verify = ["inventory", "verify", "--postgres-url", "postgresql://127.0.0.1:1", "--brand"]
            let unknown = try await Self.run(identity, verify + ["nobody"])
            #expect(unknown.exitCode == 2)
            #expect(unknown.complaints.first?.contains("there is no such brand") == true, "\(unknown.complaints)")
            let known = try await Self.run(identity, verify + ["acme"])
            #expect(known.exitCode == 2)
            #expect(known.complaints.first?.contains("PostgreSQL: ") == true, "\(known.complaints)")
        }
    }

    @Test("the token is taken from no argument", arguments: [["--token", "x"], ["--service-token", "x"]])
    func noTokenArgument(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try Driveline.parseAsRoot(["brands", "list"] + arguments) }
    }

    @Test("lifetimes have a unit, and are not absurd")
    func lifetimes() {
        #expect(Lifetime(argument: "90d")?.seconds == 7_776_000)
        #expect(Lifetime(argument: "12h")?.seconds == 43_200)
        #expect(Lifetime(argument: "30m")?.seconds == 1_800)
        for text in ["", "d", "90", "0d", "-1d", "1y", "1.5h", "99999999999999999999d", "36501d"] {
            #expect(Lifetime(argument: text) == nil, "\(text)")
        }
    }
}
