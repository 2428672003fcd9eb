internal import Observability
internal import RPC
internal import Synchronization
internal import Wire

/// Counts a server's calls by method and status, their time, and the bytes of its connections.
final class RPCMetrics: RPCObserver {
    /// The metrics of one method, found without a lock by its id.
    private final class MethodMetrics: Sendable {
        let succeeded: CounterValue?
        let inFlight: GaugeValue?
        let seconds: HistogramValue?
        let requestBytes: CounterValue?
        // Made when they first occur: seventeen series for each method would be mostly zeros.
        let failed = Mutex<[UInt32: CounterValue]>([:])

        init(_ registry: MetricRegistry, _ name: String) {
            let labels = [("method", name)]
            self.succeeded = registry.counter("rpc_server_calls_total", labels + [("code", "OK")])
            self.inFlight = registry.gauge("rpc_server_calls_in_flight", labels)
            self.seconds = registry.histogram("rpc_server_call_seconds", labels)
            self.requestBytes = registry.counter("rpc_server_request_bytes_total", labels)
        }
    }

    private let registry: MetricRegistry
    private let methods: [UInt32: MethodMetrics]
    private let connections: GaugeValue?
    private let readBytes: CounterValue?
    private let writtenBytes: CounterValue?

    init(_ registry: MetricRegistry, _ services: [any RPCService]) {
        self.registry = registry
        var methods: [UInt32: MethodMetrics] = [:]
        for method in services.flatMap(\.serviceDescriptor.methods) {
            methods[method.id] = MethodMetrics(registry, method.name)
        }
        self.methods = methods
        self.connections = registry.gauge("rpc_server_connections")
        self.readBytes = registry.counter("rpc_server_read_bytes_total")
        self.writtenBytes = registry.counter("rpc_server_written_bytes_total")
        registry.describe("rpc_server_calls_total", "Calls that were admitted and have ended, by status.")
        registry.describe("rpc_server_calls_in_flight", "Calls that were admitted and have not ended.")
        registry.describe("rpc_server_call_seconds", "From when a request was read to when its answer was written.")
        registry.describe("rpc_server_request_bytes_total", "Bytes of the first frames of requests.")
        registry.describe("rpc_server_connections", "Open connections.")
        registry.describe("rpc_server_read_bytes_total", "Bytes read on connections that have closed.")
        registry.describe("rpc_server_written_bytes_total", "Bytes written on connections that have closed.")
    }

    func callBegan(_ method: MethodDescriptor) { self.methods[method.id]?.inFlight?.increment(by: 1) }

    func callEnded(_ method: MethodDescriptor, _ code: StatusCode, nanoseconds: UInt64, requestBytes: Int) {
        guard let metrics = self.methods[method.id] else { return }
        metrics.inFlight?.decrement(by: 1)
        metrics.seconds?.recordNanoseconds(Int64(clamping: nanoseconds))
        metrics.requestBytes?.increment(by: Int64(requestBytes))
        if code == .ok { metrics.succeeded?.increment(by: 1) } else { self.failed(metrics, method, code) }
    }

    func callsBegan(_ method: MethodDescriptor, count: Int) {
        self.methods[method.id]?.inFlight?.increment(by: Double(count))
    }

    func callsEnded(
        _ method: MethodDescriptor, _ code: StatusCode, count: Int, nanoseconds: UInt64, requestBytes: Int
    ) {
        guard let metrics = self.methods[method.id] else { return }
        metrics.inFlight?.decrement(by: Double(count))
        metrics.seconds?.recordNanoseconds(Int64(clamping: nanoseconds), count: count)
        metrics.requestBytes?.increment(by: Int64(requestBytes))
        if code == .ok {
            metrics.succeeded?.increment(by: Int64(count))
        } else {
            self.failed(metrics, method, code, count)
        }
    }

    private func failed(_ metrics: MethodMetrics, _ method: MethodDescriptor, _ code: StatusCode, _ count: Int = 1) {
        metrics.failed.withLock { failed in
            let counter =
                failed[code.rawValue]
                ?? self.registry.counter(
                    "rpc_server_calls_total", [("method", method.name), ("code", code.description)])
            failed[code.rawValue] = counter
            counter?.increment(by: Int64(count))
        }
    }

    func connectionsChanged(by difference: Int) { self.connections?.increment(by: Double(difference)) }

    func transferred(bytesRead: UInt64, bytesWritten: UInt64) {
        self.readBytes?.increment(by: Int64(clamping: bytesRead))
        self.writtenBytes?.increment(by: Int64(clamping: bytesWritten))
    }
}
