internal import RPC
internal import ReflectionAPI
internal import ReflectionMessages
internal import Transcoding
internal import Wire

/// The request and the answers of a method, between JSON and their encoded form, as the server's descriptors say.
struct JSONMessages {
    private let transcoder: Transcoder
    private let method: Schema.Method

    /// Asks the server for the descriptors of a method.
    ///
    /// - Throws: ``CommandError`` where it has none; what the call throws.
    init(_ name: MethodName, _ client: RPCClient, _ options: CallOptions) async throws {
        let answer: GetDescriptorsResponse
        do throws(RPCError) {
            answer = try await ReflectionServiceClient(client).getDescriptors(
                GetDescriptorsRequest(service: name.service), options: options)
        } catch {
            guard error.code == .unimplemented else { throw error }
            throw CommandError("the server does not say what its messages are, which JSON needs; send them encoded")
        }
        let schema: Schema
        do throws(SchemaError) {
            schema = try Schema([answer.fileDescriptorSet])
        } catch {
            throw CommandError("the server's descriptors cannot be used: \(error)")
        }
        guard let method = schema.method(name.fullName) else {
            throw CommandError("the server's descriptors hold no method \(name.fullName)")
        }
        self.transcoder = Transcoder(schema)
        self.method = method
    }

    /// The encoded request.
    func encode(_ json: [UInt8]) throws(CommandError) -> [UInt8] {
        do throws(TranscodingError) {
            return try self.transcoder.wire(json: json, of: self.method.request)
        } catch {
            let fields = error.fields.map { fault in
                let name = fault.field.isEmpty ? "it" : fault.field
                return "\(name) \(fault.reason), expected \(fault.expected)"
            }
            throw CommandError(
                "the request is no \(self.method.request.fullName): "
                    + (fields.isEmpty ? error.message : fields.joined(separator: "; ")))
        }
    }

    /// An answer as a line of JSON.
    func line(_ wire: [UInt8]) throws(CommandError) -> [UInt8] {
        do throws(TranscodingError) {
            return try self.transcoder.json(wire: wire, of: self.method.response) + [UInt8(ascii: "\n")]
        } catch {
            throw CommandError("the answer cannot be shown as JSON: \(error)")
        }
    }
}
