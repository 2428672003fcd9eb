import EchoMessages
import HealthAPI
import HealthMessages
import RPC
import RPCServices
import RPCTestSupport
import ReflectionAPI
import ReflectionMessages
import Testing
import Wire

@Suite("Health and reflection say how a server is and what it offers, to anyone", .timeLimit(.minutes(1)))
struct ServicesTests {
    @Test("The whole server and each service are checked; one that is not known is NOT_FOUND")
    func check() async throws {
        let health = Health(services: ["a.Service"])
        try await withServerAndClient([health], credential: "") { (_, client) async throws in
            let client = HealthServiceClient(client)
            for service in ["", "a.Service"] {
                #expect(try await client.check(CheckRequest(service: service)).status == .serving)
            }
            let error = await failure { _ = try await client.check(CheckRequest(service: "b.Service")) }
            #expect(error?.code == .notFound)
            health.set(.notServing, for: "a.Service")
            #expect(try await client.check(CheckRequest(service: "a.Service")).status == .notServing)
            #expect(try await client.check(CheckRequest()).status == .serving)
            health.setAllNotServing()
            #expect(try await client.check(CheckRequest()).status == .notServing)
        }
    }

    @Test("A watcher sees the state now and every later change, of its service alone")
    func watch() async throws {
        let health = Health()
        try await withServerAndClient([health], credential: "") { (_, client) async throws in
            var changes = try await HealthServiceClient(client).watch(CheckRequest(service: "a")).makeAsyncIterator()
            #expect(try await changes.next()?.status == .serviceUnknown)
            health.set(.notServing, for: "b")
            health.set(.serving, for: "a")
            #expect(try await changes.next()?.status == .serving)
            health.set(.notServing, for: "a")
            #expect(try await changes.next()?.status == .notServing)
        }
    }

    @Test("Watchers beyond the limit are refused, and those that go make room")
    func manyWatchers() async throws {
        let health = Health()
        try await withServerAndClient([health]) { (_, client) async throws in
            let watching = HealthServiceClient(client)
            var streams: [ResponseStream<CheckResponse>.Iterator] = []
            for _ in 0..<Health.maximumWatchers {
                var stream = try await watching.watch(CheckRequest()).makeAsyncIterator()
                _ = try await stream.next()
                streams.append(stream)
            }
            let error = await failure {
                var stream = try await watching.watch(CheckRequest()).makeAsyncIterator()
                _ = try await stream.next()
            }
            #expect(error?.code == .resourceExhausted)
            streams.removeAll()
            try await withHangGuard {
                while !Task.isCancelled {
                    var stream = try await watching.watch(CheckRequest()).makeAsyncIterator()
                    if (try? await stream.next()) != nil { return }
                }
            }
        }
    }

    @Test("All services are listed by name, with all that is known of their methods")
    func list() async throws {
        let guarded = testMethod("Guarded", scope: "test:write", isAnonymous: false, idempotency: .keyRequired)
        let service = TestService.echoing.unary(guarded) { request, _ in request }
        let health = Health()
        try await withServerAndClient(
            [service, health, Reflection([service, health])], credential: ""
        ) { (_, client) async throws in
            let listed = try await ReflectionServiceClient(client).listServices(ListServicesRequest())
            #expect(
                listed.services.map(\.name) == [
                    "driveline.health.v1.HealthService", "driveline.reflection.v1.ReflectionService", TestService.name,
                ])
            let methods = listed.services.last?.methods ?? []
            #expect(
                methods.map(\.name)
                    == service.serviceDescriptor.methods.compactMap {
                        $0.name.split(separator: "/").last.map(String.init)
                    })
            #expect(methods.map(\.id) == service.serviceDescriptor.methods.map(\.id))
            let last = methods.last
            #expect(last?.scope == "test:write")
            #expect(last?.idempotency == 2)
            #expect(last?.requestType == Text.fullName)
            let bidirectional = methods.first { $0.name == "Bidirectional" }
            #expect(bidirectional?.clientStreaming == true)
            #expect(bidirectional?.serverStreaming == true)
            let check = listed.services.first?.methods.first
            #expect(check?.anonymous == true)
            #expect(check?.id == methodID("driveline.health.v1.HealthService/Check"))
        }
    }

    @Test("A service's descriptors are answered; one that is not offered is NOT_FOUND")
    func descriptors() async throws {
        let service = TestService.echoing
        try await withServerAndClient([service, Reflection([service])], credential: "") { (_, client) async throws in
            let client = ReflectionServiceClient(client)
            let answer = try await client.getDescriptors(GetDescriptorsRequest(service: TestService.name))
            #expect(answer.fileDescriptorSet == [1, 2, 3])
            let error = await failure {
                _ = try await client.getDescriptors(GetDescriptorsRequest(service: "no.Service"))
            }
            #expect(error?.code == .notFound)
        }
    }
}
