import Glibc
import HealthAPI
import HealthMessages
import NIOCore
import NIOPosix
import RPC
import ServiceKit
import Testing

@Suite("A service as a process: its signals, its exit codes and its inner port", .timeLimit(.minutes(2)))
struct ServiceProcessTests {
    @Test("SIGTERM and SIGINT drain it, and it exits with 0", arguments: [SIGTERM, SIGINT])
    func drain(_ signal: Int32) async throws {
        let sample = try SampleProcess(["--drain-delay-ms", "0"])
        _ = try await sample.ports()
        sample.signal(signal)
        #expect(await sample.exitCode == 0)
        #expect(sample.output.contains("\"message\":\"draining\""))
        #expect(sample.output.contains("\"message\":\"stopped\""))
    }

    @Test("its memory comes from mimalloc, and it says so")
    func allocator() async throws {
        let sample = try SampleProcess(["--drain-delay-ms", "0"])
        _ = try await sample.ports()
        #expect(sample.output.contains("allocator\":\"mimalloc "))
        sample.signal(SIGTERM)
        #expect(await sample.exitCode == 0)
    }

    @Test("After the signal it is not ready at once, but takes calls until the drain delay is over")
    func drainDelay() async throws {
        let sample = try SampleProcess(["--drain-delay-ms", "60000"])
        let ports = try await sample.ports()
        #expect(try await RawHTTP.get(ports.admin, "/readyz").status == 200)
        sample.signal(SIGTERM)
        _ = try await sample.line("draining")
        let readiness = try await RawHTTP.get(ports.admin, "/readyz")
        #expect(readiness.status == 503)
        #expect(readiness.body.contains("draining"))
        #expect(try await RawHTTP.get(ports.admin, "/livez").status == 200)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: ports.rpc).get()
        try await channel.close()
        sample.signal(SIGTERM)
        #expect(await sample.exitCode == 128 + SIGTERM)
    }

    @Test("A signal during the start ends it in peace: what was started is stopped")
    func signalDuringStart() async throws {
        let sample = try SampleProcess(["--drain-delay-ms", "0", "--start-delay-ms", "500"])
        _ = try await sample.line("store starts")
        sample.signal(SIGTERM)
        #expect(await sample.exitCode == 0)
        #expect(sample.output.contains("store stopped"))
        #expect(sample.output.contains("\"message\":\"stopped\""))
    }

    @Test("A signal that was blocked when the process began still ends it")
    func blockedSignals() async throws {
        var signals = sigset_t()
        var before = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &signals, &before)
        let sample: SampleProcess
        do {
            defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
            sample = try SampleProcess(["--drain-delay-ms", "0"])
        }
        _ = try await sample.ports()
        sample.signal(SIGTERM)
        #expect(await sample.exitCode == 0)
    }

    @Test("A second signal ends it at once, whatever hangs")
    func secondSignal() async throws {
        let sample = try SampleProcess(["--drain-delay-ms", "0", "--stop-delay-ms", "60000"])
        _ = try await sample.ports()
        sample.signal(SIGTERM)
        _ = try await sample.line("draining")
        sample.signal(SIGINT)
        #expect(await sample.exitCode == 128 + SIGINT)
    }

    @Test("A port in use is one line that says what to do", arguments: ["--port", "--admin-port"])
    func portInUse(_ flag: String) async throws {
        let first = try SampleProcess([])
        let ports = try await first.ports()
        let port = flag == "--port" ? ports.rpc : ports.admin
        let second = try SampleProcess([flag, String(port), "--log-level", "error"])
        #expect(await second.exitCode == StartupError.unavailableExitCode)
        #expect(second.output.split(separator: "\n").count == 1)
        #expect(second.output.contains("127.0.0.1:\(port) is in use; stop what listens there, or choose another"))
        #expect(second.output.contains(flag))
    }

    @Test("What is wrong with the configuration is a line each, and exit code 78")
    func configuration() async throws {
        let sample = try SampleProcess(["--prot", "1", "--port", "x"], environment: ["DRIVELINE_LOG": "1"])
        #expect(await sample.exitCode == StartupError.configurationExitCode)
        #expect(sample.output.split(separator: "\n").count == 3)
        #expect(sample.output.contains("sample: --prot: there is no such setting; did you mean --port?"))
        let files = try SampleProcess(["--tls-certificate", "/nowhere/cert.pem", "--tls-key", "/proc/self/stat"])
        #expect(await files.exitCode == StartupError.configurationExitCode)
        #expect(files.output.contains("the file /nowhere/cert.pem does not exist"))
    }

    @Test("Help, version and the effective configuration are printed, without secrets")
    func printed() async throws {
        let help = try SampleProcess(["--help"])
        #expect(await help.exitCode == 0)
        #expect(help.output.contains("--stop-delay-ms, DRIVELINE_STOP_DELAY_MS"))
        let version = try SampleProcess(["--version"])
        #expect(await version.exitCode == 0)
        #expect(version.output == "sample 9.8.7\n")
        let listing = try SampleProcess(["--print-configuration"], environment: ["DRIVELINE_SERVICE_TOKEN": "hush"])
        #expect(await listing.exitCode == 0)
        #expect(listing.output.contains("service-token = ***  (DRIVELINE_SERVICE_TOKEN)"))
        #expect(!listing.output.contains("hush"))
    }

    @Test("The inner port answers probes, metrics and the version, and nothing else")
    func pages() async throws {
        let sample = try SampleProcess(["--drain-delay-ms", "0"])
        let ports = try await sample.ports()
        for path in ["/livez", "/readyz", "/startupz", "/livez?verbose"] {
            #expect(try await RawHTTP.get(ports.admin, path).status == 200)
        }
        #expect(try await RawHTTP.get(ports.admin, "/readyz").body == "ok\nstore: ok\n")
        #expect(try await RawHTTP.get(ports.admin, "/version").body == "sample 9.8.7\n")
        #expect(try await RawHTTP.get(ports.admin, "/").status == 404)
        #expect(try await RawHTTP.get(ports.admin, "/livez/..").status == 404)
        #expect(try await RawHTTP.get(ports.admin, "/livez", method: "POST").status == 405)
        let head = try await RawHTTP.get(ports.admin, "/livez", method: "HEAD")
        #expect(head.status == 200 && head.body.isEmpty)
        let metrics = try await RawHTTP.get(ports.admin, "/metrics").body
        #expect(metrics.contains("# TYPE rpc_server_calls_total counter\n"))
        #expect(metrics.contains("process_resident_memory_bytes "))
    }

    @Test("Requests that are too large, or no HTTP, end their connection; the next one is served")
    func badRequests() async throws {
        let sample = try SampleProcess(["--drain-delay-ms", "0"])
        let admin = try await sample.ports().admin
        let large = "GET /livez HTTP/1.1\r\nX: \(String(repeating: "x", count: 20_000))\r\n\r\n"
        #expect(try await !RawHTTP.exchange(admin, large).contains("200 OK"))
        #expect(try await !RawHTTP.exchange(admin, "\u{1}\u{2}\u{3}\r\n\r\n").contains("200 OK"))
        #expect(try await RawHTTP.get(admin, "/livez").status == 200)
    }

    @Test("Calls are counted by method and status")
    func callMetrics() async throws {
        let sample = try SampleProcess(["--drain-delay-ms", "0"])
        let ports = try await sample.ports()
        let client = try RPCClient(RPCClientConfiguration(target: .list([.init(host: "127.0.0.1", port: ports.rpc)])))
        defer { client.shutDown() }
        let health = HealthServiceClient(client)
        for _ in 0..<3 { #expect(try await health.check(CheckRequest()).status == .serving) }
        await #expect(throws: RPCError.self) { try await health.check(CheckRequest(service: "none")) }
        let metrics = try await RawHTTP.get(ports.admin, "/metrics").body
        let method = "method=\"driveline.health.v1.HealthService/Check\""
        #expect(metrics.contains("rpc_server_calls_total{code=\"OK\",\(method)} 3\n"))
        #expect(metrics.contains("rpc_server_calls_total{code=\"NOT_FOUND\",\(method)} 1\n"))
        #expect(metrics.contains("rpc_server_call_seconds_count{\(method)} 4\n"))
        #expect(metrics.contains("rpc_server_calls_in_flight{\(method)} 0\n"))
        // One for each event loop of the client that made a call.
        #expect(metrics.firstMatch(of: /rpc_server_connections [1-9]/) != nil)
    }
}
