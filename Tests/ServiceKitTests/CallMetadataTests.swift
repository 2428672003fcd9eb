import Logging
import RPC
import Testing

@testable import ServiceKit

@Suite("Log lines know the call that they are written in")
struct CallMetadataTests {
    @Test("Within a call, the trace, the span and the brand are known; outside, nothing is")
    func provider() async {
        #expect(CallMetadata.provider.get().isEmpty)
        let trace = TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        let metadata = await CallScope.with(timeout: .seconds(60), trace: trace, brand: "acme") {
            CallMetadata.provider.get()
        }
        #expect(
            metadata == [
                "trace.id": "4bf92f3577b34da6a3ce929d0e0e4736", "span.id": "00f067aa0ba902b7",
                "organization.id": "acme",
            ])
    }
}
