import APIReference
import Foundation
import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// Makes the description of the REST API from the bindings of all methods.
struct APIBuilder {
    private(set) var api = APIDescription()

    /// The API of all services that have a binding.
    init(_ files: [FileDescriptor]) {
        for service in files.flatMap(\.services) where service.methods.contains(where: \.isBound) {
            let name = APINaming.title(
                service.name.hasSuffix("Service") ? String(service.name.dropLast(7)) : service.name)
            self.api.services.append(APIService(name: name, text: APINaming.text(service.file.headComment)))
            for method in service.methods {
                for (index, binding) in method.options.Driveline_http.enumerated() {
                    let operation = OperationModel(method, binding, index: index, service: name)
                    for message in operation.messages { self.add(message) }
                    self.api.operations.append(operation.operation)
                }
            }
        }
    }

    /// Adds a message with all that it holds.
    private mutating func add(_ message: Descriptor) {
        let name = APINaming.type(message.fullName, in: message.file.package)
        guard SpecialMessage(message) == nil, self.api.objects[name] == nil else { return }
        self.api.objects[name] = APIObject(
            name: name, text: APINaming.text(message.comment), fields: message.fieldModels.map(APIField.init))
        for type in message.fieldModels.flatMap(\.types) {
            switch type {
            case .message(let message): self.add(message)
            case .enumeration(let enumeration): self.add(enumeration)
            case .number, .boolean, .text, .bytes: break
            }
        }
    }

    private mutating func add(_ enumeration: EnumDescriptor) {
        let name = APINaming.type(enumeration.fullName, in: enumeration.file.package)
        self.api.enumerations[name] = APIEnumeration(
            name: name, text: APINaming.text(enumeration.comment),
            values: enumeration.values.map { value in
                APIEnumeration.Value(
                    name: APINaming.value(value.name, of: enumeration.name), text: APINaming.text(value.comment),
                    isZero: value.number == 0)
            })
    }
}

/// A message that is no object in JSON.
enum SpecialMessage {
    case time, duration, fieldMask, decimal

    init?(_ message: Descriptor) {
        switch message.fullName {
        case "google.protobuf.Timestamp": self = .time
        case "google.protobuf.Duration": self = .duration
        case "google.protobuf.FieldMask": self = .fieldMask
        default:
            // An exact decimal number is a message of this name and shape, in whatever package it stands.
            guard message.name == "Decimal", message.fields.count == 1, let field = message.fields.first,
                field.name == "micros", field.number == 1, field.type == .int64, !field.isRepeated
            else { return nil }
            self = .decimal
        }
    }
}

extension MethodDescriptor {
    /// Whether REST reaches the method.
    var isBound: Bool { !self.options.Driveline_http.isEmpty }
}

extension FileDescriptor {
    /// The comment at the head of the file, which says what its package is about.
    fileprivate var headComment: String? {
        // The path of the file's `syntax`, in front of which it stands.
        self.sourceCodeInfoLocation(path: [12])?.leadingComments
    }
}
