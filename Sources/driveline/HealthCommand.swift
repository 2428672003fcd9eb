internal import ArgumentParser
internal import HealthAPI
internal import HealthMessages
internal import RPC

/// `driveline rpc health`: whether a server, or one of its services, takes calls.
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Says whether a server takes calls; the exit code is 1 where it does not.")

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The full name of a service; without one, the whole server is asked for.")
    var service = ""

    func run() async throws {
        var isServing = false
        try await reportingFailure {
            try await self.connection.withClient { client in
                let checked = try await HealthServiceClient(client).check(
                    CheckRequest(service: self.service), options: self.connection.callOptions)
                Terminal.current.print(checked.status.words)
                isServing = checked.status == .serving
            }
        }
        if !isServing { throw ExitCode(1) }
    }
}

extension ServingStatus {
    fileprivate var words: String {
        switch self {
        case .unknown: "UNKNOWN"
        case .serving: "SERVING"
        case .notServing: "NOT_SERVING"
        case .serviceUnknown: "SERVICE_UNKNOWN"
        case .unrecognized(let number): "status \(number)"
        }
    }
}
