public import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// Makes protobuf-c write values that it would leave out: each becomes the only member of a oneof, which knows that it is set.
///
/// Two kinds of field need that. A map's entry always carries its key and its value on the wire, even where they are zero. And a floating-point field of -0 is not zero, but
/// protobuf-c compares it with 0.
enum PresenceRewriting {
    static let keyCase = CNaming.caseMember(Self.oneof("key"))
    static let valueCase = CNaming.caseMember(Self.oneof("value"))

    /// The name of the oneof around a field.
    static func oneof(_ field: String) -> String { "\(field)_presence" }

    /// Whether a field outside of a map's entry is rewritten.
    static func isNeeded(_ field: FieldDescriptor) -> Bool {
        self.isNeeded(field.type, isRepeated: field.isRepeated, isMember: field.oneofIndex != nil)
    }

    private static func isNeeded(
        _ type: Google_Protobuf_FieldDescriptorProto.TypeEnum,
        isRepeated: Bool,
        isMember: Bool
    ) -> Bool {
        (type == .float || type == .double) && !isRepeated && !isMember
    }

    static func rewrite(_ message: inout Google_Protobuf_DescriptorProto, isEntry: Bool) {
        for (index, field) in message.field.enumerated() {
            let isRepeated = field.label == .repeated
            guard isEntry || self.isNeeded(field.type, isRepeated: isRepeated, isMember: field.hasOneofIndex) else {
                continue
            }
            var oneof = Google_Protobuf_OneofDescriptorProto()
            oneof.name = self.oneof(field.name)
            message.field[index].oneofIndex = Int32(message.oneofDecl.count)
            message.oneofDecl.append(oneof)
        }
    }
}

/// Rewrites descriptors into what protobuf-c makes the structures from.
///
/// Text becomes bytes, because protobuf-c's strings end at the first NUL and are not validated; the bytes on the wire are the same. Options, services, extensions and comments are
/// left out, with the imports that only they need.
public func rewrittenForProtobufC(_ set: Google_Protobuf_FileDescriptorSet) -> Google_Protobuf_FileDescriptorSet {
    let dropped: Set<String> = ["driveline/options.proto", "google/protobuf/descriptor.proto"]
    var result = Google_Protobuf_FileDescriptorSet()
    for file in set.file where !dropped.contains(file.name) {
        var copy = Google_Protobuf_FileDescriptorProto()
        copy.name = file.name
        copy.package = file.package
        copy.syntax = file.syntax
        copy.dependency = file.dependency.filter { !dropped.contains($0) }
        copy.publicDependency = file.publicDependency.compactMap { index in
            copy.dependency.firstIndex(of: file.dependency[Int(index)]).map(Int32.init)
        }
        copy.messageType = file.messageType.map(rewritten)
        copy.enumType = file.enumType.map(rewritten)
        result.file.append(copy)
    }
    return result
}

private func rewritten(_ message: Google_Protobuf_DescriptorProto) -> Google_Protobuf_DescriptorProto {
    var copy = Google_Protobuf_DescriptorProto()
    copy.name = message.name
    copy.field = message.field.map(rewritten)
    copy.nestedType = message.nestedType.map(rewritten)
    copy.enumType = message.enumType.map(rewritten)
    copy.oneofDecl = message.oneofDecl.map { oneof in
        var copy = Google_Protobuf_OneofDescriptorProto()
        copy.name = oneof.name
        return copy
    }
    // The option that marks a map's entry is gone with the others: such an entry could not hold oneofs.
    PresenceRewriting.rewrite(&copy, isEntry: message.options.mapEntry)
    return copy
}

private func rewritten(_ field: Google_Protobuf_FieldDescriptorProto) -> Google_Protobuf_FieldDescriptorProto {
    var copy = field
    copy.clearOptions()
    if field.options.hasPacked { copy.options.packed = field.options.packed }
    if field.type == .string { copy.type = .bytes }
    return copy
}

private func rewritten(_ enumeration: Google_Protobuf_EnumDescriptorProto) -> Google_Protobuf_EnumDescriptorProto {
    var copy = Google_Protobuf_EnumDescriptorProto()
    copy.name = enumeration.name
    copy.value = enumeration.value.map { value in
        var copy = value
        copy.clearOptions()
        return copy
    }
    // protoc refuses two names for a number without it.
    if enumeration.options.allowAlias { copy.options.allowAlias = true }
    return copy
}
