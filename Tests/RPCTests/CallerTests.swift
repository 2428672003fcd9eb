import EchoMessages
import Logging
import RPC
import RPCMessages
import RPCServices
import RPCTestSupport
import Testing
import Wire

@Suite("Every call is made on behalf of whom it should be", .timeLimit(.minutes(1)))
struct CallerTests {
    static let whoAmI = testMethod("WhoAmI")
    static let guarded = testMethod("Guarded", scope: "test:write")
    static let open = testMethod("Open", isAnonymous: true)
    static let service = TestService()
        .unary(whoAmI) { _, context in Text(text: context.caller.principal) }
        .unary(guarded) { _, context in Text(text: context.caller.principal) }
        .unary(open) { _, context in Text(text: "anyone \(context.caller.principal)") }
        .inline(testMethod("InlineWho", form: .inline)) { _, response, context in
            response.setText(context.caller.principal)
        }
        .batch(testMethod("BatchWho", form: .batch)) { batch in
            for index in 0..<batch.count { batch.respond(to: index) { $0.setText(batch.caller(index).principal) } }
        }

    @Test("The credential says who calls, in every form of handler", arguments: ["WhoAmI", "InlineWho", "BatchWho"])
    func ownCaller(_ method: String) async throws {
        try await withServerAndClient([Self.service], credential: "anna") { (_, client) async throws in
            #expect(try await client.call(testMethod(method)) == "anna")
        }
    }

    @Test("A scope that the caller does not hold is PERMISSION_DENIED")
    func scopes() async throws {
        try await withServer([Self.service]) { (server) async throws in
            try await withClient(of: [server.address], credential: "anna test:read") { (client) async throws in
                let error = await failure { _ = try await client.call(Self.guarded) }
                #expect(error?.code == .permissionDenied)
                #expect(error?.problem?.reason == .scopeMissing)
            }
            try await withClient(of: [server.address], credential: "berta test:read test:write") {
                (client) async throws in
                #expect(try await client.call(Self.guarded) == "berta")
            }
        }
    }

    @Test("Callers without a credential reach only what is for anyone: health, reflection and the like")
    func anonymous() async throws {
        let health = Health()
        try await withServer([Self.service, health, Reflection([Self.service])]) { (server) async throws in
            try await withClient(of: [server.address], credential: "") { (client) async throws in
                let error = await failure { _ = try await client.call(Self.whoAmI) }
                #expect(error?.code == .unauthenticated)
                #expect(try await client.call(Self.open) == "anyone ")
            }
        }
    }

    @Test("A refused credential is answered by GOAWAY with UNAUTHENTICATED, and one log line without the credential")
    func refusedCredential() async throws {
        try await withServer([Self.service]) { (server) async throws in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.write(.hello("wrong secret-words"), .request(Self.open.id, stream: 1))
            let frames = try await peer.rest()
            #expect(frames.last?.type == .goAway)
            #expect(frames.last?.status == .unauthenticated)
            #expect(!frames.contains { $0.type == .response })
            #expect(server.logs.lines().count == 1)
            #expect(server.logs.lines(.debug).allSatisfy { !$0.text.contains("secret") })
        }
    }

    @Test("A client whose credential is refused learns just that")
    func clientWithRefusedCredential() async throws {
        try await withServerAndClient([Self.service], credential: "wrong") { (_, client) async throws in
            let error = await failure { _ = try await client.call(Self.whoAmI) }
            #expect(error?.code == .unauthenticated)
        }
    }

    @Test("A gateway's calls are made on behalf of the callers that it names")
    func namedCallers() async throws {
        try await withServerAndClient([Self.service], credential: "gateway") { (_, client) async throws in
            #expect(try await client.call(Self.whoAmI) == "gateway")
            for name in ["anna", "berta", "anna"] {
                let caller = CallerIdentity(brand: "test", principal: name, scopes: ["test:write"])
                let options = CallOptions(caller: caller)
                #expect(try await client.call(Self.guarded, options: options) == name)
            }
            let caller = CallerIdentity(brand: "test", principal: "carla")
            let error = await failure { _ = try await client.call(Self.guarded, options: CallOptions(caller: caller)) }
            #expect(error?.code == .permissionDenied)
        }
    }

    @Test("CALLER from a peer that may not act for others is GOAWAY with PERMISSION_DENIED")
    func forgedCaller() async throws {
        try await withServer([Self.service]) { (server) async throws in
            let peer = try await RawPeer.greet(server.port, "anna")
            try await peer.write(
                .caller(1, principal: "admin", scopes: ["test:write"]), .request(Self.guarded.id, stream: 1, caller: 1))
            let frames = try await peer.rest()
            #expect(frames.map(\.type) == [.goAway])
            #expect(frames.last?.status == .permissionDenied)
            #expect(server.logs.lines().count == 1)
        }
    }

    @Test("A number that no CALLER gave is UNAUTHENTICATED, and the connection lives")
    func unknownNumber() async throws {
        try await withServer([Self.service]) { (server) async throws in
            let peer = try await RawPeer.greet(server.port, "gateway")
            try await peer.write(.request(Self.whoAmI.id, stream: 1, caller: 7))
            #expect(try await peer.nextOfCall()?.status == .unauthenticated)
            try await peer.write(.caller(7, principal: "anna"), .request(Self.whoAmI.id, stream: 3, caller: 7))
            #expect(try await peer.nextOfCall()?.text == "anna")
            try await peer.write(.caller(7, principal: "berta"), .request(Self.whoAmI.id, stream: 5, caller: 7))
            #expect(try await peer.nextOfCall()?.text == "berta")
            await peer.close()
        }
    }

    @Test("A caller's number outside 1 to 4,096 is a violation", arguments: [0, 4_097, UInt32.max])
    func wrongNumber(_ number: UInt32) async throws {
        try await withServer([Self.service]) { (server) async throws in
            let peer = try await RawPeer.greet(server.port, "gateway")
            try await peer.write(.caller(number, principal: "anna"))
            let last = try await peer.rest().last
            #expect(last?.type == .goAway)
            #expect(last?.status == .internal)
        }
    }

    @Test("More callers than there are numbers are all told apart, the first ones too when they return")
    func eviction() async throws {
        try await withServerAndClient([Self.service], credential: "gateway") { (_, client) async throws in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in Array(0..<4_200) + Array(0..<200) {
                    group.addTask {
                        let caller = CallerIdentity(brand: "test", principal: "caller-\(number)")
                        let name = try await client.call(Self.whoAmI, options: CallOptions(caller: caller))
                        return name == "caller-\(number)"
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }

    @Test("A slow authenticator holds requests back, and none of them is lost or overtakes it")
    func slowAuthenticator() async throws {
        let authenticator = SlowAuthenticator()
        let handled = Counter()
        let method = testMethod("Count")
        let service = TestService().unary(method) { request, _ in
            handled.add()
            return request
        }
        try await withServer([service], authenticator: authenticator) { (server) async throws in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.write(.hello("anna"))
            let padding = String(repeating: "x", count: 500)
            var frames: [UInt8] = []
            for number in 0..<4_000 {
                frames += try RawFrame.request(method.id, stream: UInt32(2 * number + 1), padding).bytes
            }
            // The bytes exceed what the sockets buffer, so the writing ends only when the server reads again.
            let bytes = frames
            let writing = Task { await peer.write(bytes) }
            try await authenticator.wasAsked.wait()
            #expect(handled.value == 0)
            authenticator.mayAnswer.happen()
            #expect(try await peer.next()?.type == .hello)
            for number in 0..<4_000 {
                let frame = try await peer.nextOfCall()
                guard frame?.stream == UInt32(2 * number + 1), frame?.status == .ok else {
                    Issue.record("answer \(number) is \(String(describing: frame?.header))")
                    break
                }
            }
            #expect(handled.value == 4_000)
            await writing.value
            await peer.close()
        }
    }

    @Test("A peer that goes while it is being authenticated leaves nothing behind")
    func goneWhileAuthenticating() async throws {
        let authenticator = SlowAuthenticator()
        try await withServer([Self.service], authenticator: authenticator) { (server) async throws in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.write(.hello("anna"), .request(Self.whoAmI.id, stream: 1))
            try await authenticator.wasAsked.wait()
            await peer.reset()
            authenticator.mayAnswer.happen()
            let other = try await RawPeer.greet(server.port)
            try await other.write(.request(Self.open.id, stream: 1))
            #expect(try await other.nextOfCall()?.status == .ok)
            await other.close()
        }
    }
}

/// Answers when it is told to.
private struct SlowAuthenticator: Authenticator {
    let wasAsked = Event()
    let mayAnswer = Event()

    func authenticate(_ credentials: PeerCredentials) async throws(RPCError) -> CallerIdentity {
        self.wasAsked.happen()
        try? await self.mayAnswer.wait()
        return CallerIdentity(brand: "test", principal: credentials.credential)
    }
}
