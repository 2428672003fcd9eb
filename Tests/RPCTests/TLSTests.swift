import EchoMessages
import NIOSSL
import RPC
import RPCTestSupport
import Testing
import Wire

@Suite("TLS and mutual TLS let in whom they should, and nobody else", .timeLimit(.minutes(1)))
struct TLSTests {
    static let whoAmI = testMethod("WhoAmI")

    /// Takes the first name of the certificate for the principal.
    private struct CertificateAuthenticator: Authenticator {
        func authenticate(_ credentials: PeerCredentials) async throws(RPCError) -> CallerIdentity {
            guard let name = credentials.certificateNames.first else { return .anonymous }
            return CallerIdentity(brand: "", principal: name)
        }
    }

    /// Runs a server that speaks TLS.
    private static func withTLSServer(
        demandsCertificate: Bool = false, _ body: (TestServer) async throws -> Void
    ) async throws {
        let tls = try Certificates.shared.get().server(demandsCertificate: demandsCertificate)
        let service = TestService.echoing.unary(Self.whoAmI) { _, context in Text(text: context.caller.principal) }
        let configuration = serverConfiguration { $0.tls = tls }
        if demandsCertificate {
            try await withServer(
                [service], configuration: configuration, authenticator: CertificateAuthenticator(), body)
        } else {
            try await withServer([service], configuration: configuration, body)
        }
    }

    /// What a call comes to that is made with a TLS configuration.
    private static func call(
        _ server: TestServer, _ tls: TLSConfiguration?, host: String = "127.0.0.1"
    ) async throws -> Result<String, RPCError> {
        let configure = { (configuration: inout RPCClientConfiguration) in
            configuration.tls = tls
            configuration.maximumAttempts = 1
        }
        let address = RPCTarget.Address(host: host, port: server.port)
        return try await withClient(of: [address], configure: configure) { (client) async throws in
            do throws(RPCError) {
                return .success(try await client.call(Self.whoAmI))
            } catch {
                return .failure(error)
            }
        }
    }

    @Test("Calls of every kind and size go through TLS, by name and by address", arguments: ["localhost", "127.0.0.1"])
    func calls(_ host: String) async throws {
        try await Self.withTLSServer { (server) async throws in
            let tls = try Certificates.shared.get().client()
            let configure = { (configuration: inout RPCClientConfiguration) in configuration.tls = tls }
            let address = RPCTarget.Address(host: host, port: server.port)
            try await withClient(of: [address], configure: configure) { (client) async throws in
                for text in ["", "small", String(repeating: "large", count: 100_000)] {
                    for method in Echoing.unaryForms { #expect(try await client.call(method, text) == text) }
                }
                #expect(try await client.collect(Echoing.clientStreaming, ["a", "b"]) == "a b")
            }
        }
    }

    @Test("The name in a client's certificate becomes the caller")
    func certificateName() async throws {
        try await Self.withTLSServer(demandsCertificate: true) { (server) async throws in
            let certificates = try Certificates.shared.get()
            let answer = try await Self.call(server, certificates.client(showing: certificates))
            #expect(try answer.get() == "service-a")
        }
    }

    @Test(
        "A client without a certificate, or with a stranger's, gets nowhere where one is demanded",
        arguments: [false, true])
    func wrongClient(_ hasCertificate: Bool) async throws {
        try await Self.withTLSServer(demandsCertificate: true) { (server) async throws in
            let certificates = try Certificates.shared.get()
            let shown = hasCertificate ? try Certificates.foreign.get() : nil
            let answer = try await Self.call(server, certificates.client(showing: shown))
            #expect(throws: RPCError.self) { try answer.get() }
            try await server.logs.wait(forLines: 1)
            // One line for each connection that was tried.
            #expect(server.logs.lines().count <= 2)
        }
    }

    @Test("A client that trusts another authority refuses the server")
    func wrongAuthority() async throws {
        try await Self.withTLSServer { (server) async throws in
            let answer = try await Self.call(server, Certificates.foreign.get().client())
            guard case .failure(let error) = answer else {
                Issue.record("the call was answered")
                return
            }
            #expect(error.code == .unavailable)
        }
    }

    @Test("A plain client on a TLS port is closed, and the server lives")
    func plainClient() async throws {
        try await Self.withTLSServer { (server) async throws in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.write(.hello())
            // A TLS alert may come, but no frame.
            #expect(try await peer.rest().isEmpty)
            let plain = try await Self.call(server, nil)
            #expect(throws: RPCError.self) { try plain.get() }
            let answer = try await Self.call(server, Certificates.shared.get().client())
            #expect(throws: Never.self) { try answer.get() }
        }
    }

    @Test("A TLS client on a plain port is closed, and the server lives")
    func plainServer() async throws {
        try await withServer { (server) async throws in
            let answer = try await Self.call(server, Certificates.shared.get().client())
            #expect(throws: RPCError.self) { try answer.get() }
            let peer = try await RawPeer.greet(server.port)
            try await peer.write(.request(Echoing.unary.id, stream: 1, "alive"))
            #expect(try await peer.nextOfCall()?.text == "alive")
            await peer.close()
        }
    }
}
