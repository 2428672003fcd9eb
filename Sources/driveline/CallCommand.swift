internal import ArgumentParser
internal import RPC
internal import ReflectionAPI
internal import ReflectionMessages
internal import Transcoding
internal import Wire

/// `driveline rpc call`: one call with a message in JSON, or one that is encoded already.
struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Makes a call with a message in JSON or encoded, and writes the answer in the same form.",
        discussion: """
            A request that begins with { is the message itself, in JSON. Other requests name a file: of JSON with \
            --json, of the encoded message without. Answers in JSON are written one to a line.

            Encoded answers of a server-streaming method are written one behind the other, each behind its length as a \
            varint. Whether a method streams, and what its messages are, is found out by reflection; a server without \
            reflection is taken to answer once, and cannot be called with JSON.
            """
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The method, for example driveline.echo.v1.EchoService/Echo.")
    var method: MethodName

    @Argument(help: "The request in JSON, or the file that it is in; - is standard input.")
    var request: String

    @Flag(help: "The file holds JSON, and the answer is written as JSON.")
    var json = false

    @Option(help: "Metadata of the request, as key=value. May be repeated.")
    var metadata: [MetadataPair] = []

    private var isJSON: Bool { self.json || self.isInline }
    /// Whether the request stands on the command line.
    private var isInline: Bool { self.request.hasPrefix("{") }

    func run() async throws {
        try await reportingFailure {
            let bytes = try self.readRequest()
            var options = self.connection.callOptions
            for pair in self.metadata { try options.metadata.append(pair.key, pair.value) }
            try await self.connection.withClient { client in
                guard self.isJSON else { return try await self.call(client, bytes, options) }
                let messages = try await JSONMessages(self.method, client, self.connection.callOptions)
                try await self.call(client, try messages.encode(bytes), options) { try messages.line($0) }
            }
        }
    }

    private func readRequest() throws -> [UInt8] {
        if self.isInline { return Array(self.request.utf8) }
        return try self.request == "-" ? Terminal.current.readInput() : Terminal.readFile(self.request)
    }

    /// - Parameter text: What is written of an answer; `nil`: its bytes.
    private func call(
        _ client: RPCClient, _ bytes: [UInt8], _ options: CallOptions, text: (([UInt8]) throws -> [UInt8])? = nil
    ) async throws {
        guard let request = EncodedFields(bytes) else { throw CommandError("the request is not a protobuf message") }
        let method = try await self.descriptor(client)
        switch method.kind {
        case .unary:
            let response: EncodedFields = try await client.unary(method, request, options: options)
            Terminal.current.write(try text?(response.bytes) ?? response.bytes)
        case .serverStreaming:
            let responses: ResponseStream<EncodedFields> = try await client.serverStreaming(
                method, request, options: options)
            for try await response in responses {
                let delimited = encodedVarint(UInt64(response.bytes.count)) + response.bytes
                Terminal.current.write(try text?(response.bytes) ?? delimited)
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
