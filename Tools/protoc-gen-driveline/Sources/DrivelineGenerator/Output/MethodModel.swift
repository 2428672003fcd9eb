import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// A method as the generated Swift shows it.
struct MethodModel {
    /// Who sends how many messages.
    enum Kind: String {
        case unary, serverStreaming, clientStreaming, bidirectional
    }

    /// How the server runs the handler.
    enum Form: String {
        case asynchronous, inline, batch, offloaded
    }

    let descriptor: MethodDescriptor

    init(_ method: MethodDescriptor) {
        self.descriptor = method
    }

    /// The name as it stands in source.
    var name: String { SwiftNaming.escaped(SwiftNaming.lowerCamel(self.descriptor.name)) }

    /// The name on the wire: `driveline.echo.v1.EchoService/Echo`.
    var fullName: String { "\(self.descriptor.service.fullName)/\(self.descriptor.name)" }

    /// The number that stands for the method on the wire.
    var id: UInt32 { methodID(self.fullName) }

    /// Who sends how many messages.
    var kind: Kind {
        switch (self.descriptor.clientStreaming, self.descriptor.serverStreaming) {
        case (false, false): .unary
        case (false, true): .serverStreaming
        case (true, false): .clientStreaming
        case (true, true): .bidirectional
        }
    }

    /// How the server runs the handler.
    var form: Form {
        let options = self.descriptor.options
        if options.Driveline_inline { return .inline }
        if options.Driveline_batch { return .batch }
        return options.Driveline_offload ? .offloaded : .asynchronous
    }

    /// The request's type, with its module.
    var request: String { Self.qualified(self.descriptor.inputType) }

    /// The response's type, with its module.
    var response: String { Self.qualified(self.descriptor.outputType) }

    /// The text of the documentation.
    var documentation: String { self.descriptor.documentation(orName: self.fullName) }

    private static func qualified(_ message: Descriptor) -> String {
        "\(message.file.messagesModule).\(message.swiftPath.joined(separator: "."))"
    }
}

/// The 32-bit FNV-1a hash of a method's full name, as `docs/wire.md` has it.
func methodID(_ name: String) -> UInt32 {
    name.utf8.reduce(2_166_136_261) { hash, byte in (hash ^ UInt32(byte)) &* 16_777_619 }
}
