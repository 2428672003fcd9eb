import Foundation
import ProtobufC
import SampleMessages
import Testing

@testable import Transcoding

/// The messages of the tests, and shorthands for turning them into JSON and back.
enum Sample {
    static let schema: Schema = {
        do {
            return try Schema([SampleDescriptors.fileDescriptorSet])
        } catch {
            preconditionFailure("the sample's descriptors do not compile: \(error)")
        }
    }()
    static let transcoder = Transcoder(schema)
    static let package = "driveline.sample.v1."

    static func type(_ name: String) throws -> MessageType { try #require(self.schema.message(self.package + name)) }

    /// The JSON of a message.
    static func json<M: Message>(_ message: M) throws -> String {
        let type = try #require(self.schema.message(M.fullName))
        let json = try self.transcoder.json(wire: message.encodedBytes(), of: type)
        return try #require(String(validating: json, as: UTF8.self))
    }

    /// The message of a JSON text.
    static func message<M: Message>(_: M.Type, _ json: String) throws -> M {
        let type = try #require(self.schema.message(M.fullName))
        return try M(decoding: self.transcoder.wire(json: Array(json.utf8), of: type))
    }

    /// The faults of a JSON text.
    static func faults(_ name: String, _ json: String) throws -> [FieldFault] {
        let error = try #require(try self.error(name, Array(json.utf8)))
        #expect(error.code == .invalidFields, "\(error)")
        return error.fields
    }

    /// Why bytes are refused; `nil` where they are not.
    static func error(_ name: String, _ json: [UInt8]) throws -> TranscodingError? {
        let type = try self.type(name)
        let output = OutputBytes()
        output.append(0xAA as UInt8)
        do {
            try self.transcoder.appendWire(json: json.span.bytes, of: type, to: output)
            return nil
        } catch {
            #expect(output.array == [0xAA], "an error leaves the output as it was")
            return error
        }
    }
}
