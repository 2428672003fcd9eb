import GreetingAPI
import GreetingMessages
import NIOCore
import RPC

/// The service: one method of the generated protocol.
struct Greeter: GreetingService {
    func greet(_ request: GreetRequest, context: ServerContext) async throws -> GreetResponse {
        GreetResponse(greeting: "Hello, \(request.name)!")
    }
}

@main
struct Greeting {
    /// Serves, calls once, and leaves.
    static func main() async throws {
        let anyone = TrustingAuthenticator(CallerIdentity(brand: "demo", principal: "newcomer"))
        let server = RPCServer(services: [Greeter()], authenticator: anyone)
        let serving = Task { try await server.run() }
        guard let port = await server.address?.port else { return try await serving.value }

        let client = try RPCClient(RPCClientConfiguration(target: .list([.init(host: "127.0.0.1", port: port)])))
        let response = try await GreetingServiceClient(client).greet(GreetRequest(name: "Ada"))
        print(response.greeting)

        serving.cancel()
    }
}
