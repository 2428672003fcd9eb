internal import ArgumentParser
internal import RPC
internal import ReflectionAPI
internal import ReflectionMessages

/// `driveline rpc list`: the services of a server with their methods.
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists a server's services and methods, by reflection.")

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await reportingFailure {
            try await self.connection.withClient { client in
                let listed = try await ReflectionServiceClient(client).listServices(
                    ListServicesRequest(), options: self.connection.callOptions)
                for line in listed.services.flatMap(\.lines) { Terminal.current.print(line) }
            }
        }
    }
}

extension ReflectionMessages.Service {
    /// The service's name, and a line for each method.
    fileprivate var lines: [String] {
        let width = self.methods.map(\.name.count).max() ?? 0
        return [self.name.oneLine] + self.methods.map { $0.line(width) }
    }
}

extension ReflectionMessages.Method {
    /// Who sends how many messages.
    var kind: MethodDescriptor.Kind {
        switch (self.clientStreaming, self.serverStreaming) {
        case (false, false): .unary
        case (false, true): .serverStreaming
        case (true, false): .clientStreaming
        case (true, true): .bidirectional
        }
    }

    fileprivate func line(_ width: Int) -> String {
        let hexadecimal = String(self.id, radix: 16, uppercase: true)
        let id = "0x" + String(repeating: "0", count: 8 - hexadecimal.count) + hexadecimal
        let name = self.name + String(repeating: " ", count: max(0, width - self.name.count))
        let kind = self.kind.words + String(repeating: " ", count: max(0, 16 - self.kind.words.count))
        let access = self.anonymous ? "  anonymous" : self.scope.isEmpty ? "" : "  scope \(self.scope)"
        return "  \(name)  \(id)  \(kind)  \(self.requestType) -> \(self.responseType)\(access)".oneLine
    }
}

extension MethodDescriptor.Kind {
    fileprivate var words: String {
        switch self {
        case .unary: "unary"
        case .serverStreaming: "server streaming"
        case .clientStreaming: "client streaming"
        case .bidirectional: "bidirectional"
        }
    }
}
