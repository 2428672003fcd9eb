/// Writes a client's method.
struct ClientMethod {
    private let method: MethodModel
    private let descriptor: String

    init(_ method: MethodModel, service: String) {
        self.method = method
        self.descriptor = "\(service)Methods.\(method.name)"
    }

    /// Prints the method with its documentation.
    func print(into printer: inout SourcePrinter) {
        let (request, response) = (self.method.request, self.method.response)
        let options = "options: CallOptions = CallOptions()"
        printer.document(self.method.documentation)
        switch self.method.kind {
        case .unary:
            self.print(
                ["_ request: \(request)", options], response, "unary", ["request", "options: options"], &printer)
        case .serverStreaming:
            let stream = "ResponseStream<\(response)>"
            let arguments = ["request", "options: options"]
            self.print(["_ request: \(request)", options], stream, "serverStreaming", arguments, &printer)
        case .clientStreaming:
            let send = "_ send: @escaping @Sendable (RequestWriter<\(request)>) async throws -> Void"
            self.print([options, send], response, "clientStreaming", ["options: options", "send"], &printer)
        case .bidirectional:
            let call = "BidirectionalCall<\(request), \(response)>"
            self.print([options], call, "bidirectional", ["options: options"], &printer)
        }
    }

    private func print(
        _ parameters: [String],
        _ result: String,
        _ function: String,
        _ arguments: [String],
        _ printer: inout SourcePrinter
    ) {
        printer.list("public func \(self.method.name)(", parameters, ") async throws(RPCError) -> \(result) {")
        let call = ([self.descriptor] + arguments).joined(separator: ", ")
        printer.print("    try await self.client.\(function)(\(call))\n}")
    }
}
