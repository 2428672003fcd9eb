internal import ArgumentParser
internal import RPC
internal import ReflectionAPI
internal import ReflectionMessages
internal import Wire

/// `driveline rpc call`: one call with a message that is encoded already.
struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Makes a call with an encoded message, and writes the encoded answer to standard output.",
        discussion: """
            A server-streaming method's answers are written one behind the other, each behind its length as a varint. \
            Whether a method streams is found out by reflection; a server without reflection is taken to answer once.
            """
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The method, for example driveline.echo.v1.EchoService/Echo.")
    var method: MethodName

    @Argument(help: "The file of the encoded request; - is standard input.")
    var request: String

    @Option(help: "Metadata of the request, as key=value. May be repeated.")
    var metadata: [MetadataPair] = []

    func run() async throws {
        try await reportingFailure {
            let bytes = try self.request == "-" ? Terminal.current.readInput() : Terminal.readFile(self.request)
            guard let request = EncodedFields(bytes) else {
                throw CommandError("the request is not a protobuf message")
            }
            var options = self.connection.callOptions
            for pair in self.metadata { try options.metadata.append(pair.key, pair.value) }
            try await self.connection.withClient { try await self.call($0, request, options) }
        }
    }

    private func call(_ client: RPCClient, _ request: EncodedFields, _ options: CallOptions) async throws {
        let method = try await self.descriptor(client)
        switch method.kind {
        case .unary:
            let response: EncodedFields = try await client.unary(method, request, options: options)
            Terminal.current.write(response.bytes)
        case .serverStreaming:
            let responses: ResponseStream<EncodedFields> = try await client.serverStreaming(
                method, request, options: options)
            for try await response in responses {
                Terminal.current.write(encodedVarint(UInt64(response.bytes.count)) + response.bytes)
            }
        case .clientStreaming, .bidirectional:
            throw CommandError("\(method.name) takes a stream of requests, which this command cannot send")
        }
    }

    /// What the server says of the method.
    private func descriptor(_ client: RPCClient) async throws -> MethodDescriptor {
        var method = MethodDescriptor(
            name: self.method.fullName, id: methodID(self.method.fullName), kind: .unary, requestType: "",
            responseType: "")
        do throws(RPCError) {
            let listed = try await ReflectionServiceClient(client).listServices(
                ListServicesRequest(), options: self.connection.callOptions)
            let service = listed.services.first { $0.name == self.method.service }
            if let found = service?.methods.first(where: { $0.name == self.method.method }) { method.kind = found.kind }
        } catch {
            guard error.code == .unimplemented else { throw error }
        }
        return method
    }
}

/// `package.Service/Method`.
struct MethodName: ExpressibleByArgument, Hashable {
    let service: String
    let method: String

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        self.service = String(parts[0])
        self.method = String(parts[1])
    }

    var fullName: String { "\(self.service)/\(self.method)" }
}

/// `key=value`.
struct MetadataPair: ExpressibleByArgument, Hashable {
    let key: String
    let value: String

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex else { return nil }
        self.key = String(argument[..<equals])
        self.value = String(argument[argument.index(after: equals)...])
    }
}
