import DrivelineTesting
import EchoMessages
import Foundation
import RPC
import RPCTestSupport
import Testing
import Wire

@Suite(.timeLimit(.minutes(5))) struct InProcessServerTests {
    static let echo = testMethod("echo")

    @Test("A client reaches services without a port, as the caller it says it is, and nothing is left")
    func calls() async throws {
        let who = testMethod("who")
        let service = TestService().unary(who) { _, context in
            Text(text: "\(context.caller.brand) \(context.caller.principal) \(context.caller.scopes.sorted())")
        }
        let server = try await InProcessServer([service])
        for (credential, expected) in [
            ("anna", "test anna []"), ("lamps/ben read write", "lamps ben [\"read\", \"write\"]"),
        ] {
            let client = try server.client(credential: credential)
            #expect(try await client.call(who) == expected)
            client.shutDown()
        }
        #expect(FileManager.default.fileExists(atPath: server.socketPath))
        await server.stop()
        #expect(!FileManager.default.fileExists(atPath: server.socketPath))
    }

    @Test("Many servers at once do not meet, and a server that is gone is unavailable")
    func many() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    let service = TestService().unary(Self.echo) { _, _ in Text(text: "\(number)") }
                    try await withServices([service]) { (client: RPCClient) async throws in
                        for _ in 0..<20 { #expect(try await client.call(Self.echo) == "\(number)") }
                    }
                }
            }
            try await group.waitForAll()
        }
        let server = try await InProcessServer([TestService.echoing])
        let client = try server.client { $0.maximumAttempts = 1 }
        await server.stop()
        let error = await #expect(throws: RPCError.self) { _ = try await client.call(Self.echo) }
        #expect(error?.code == .unavailable)
        client.shutDown()
    }
}
