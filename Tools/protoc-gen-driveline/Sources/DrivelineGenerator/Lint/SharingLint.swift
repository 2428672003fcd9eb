import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// What must hold for a method that several processes offer, each for what it owns.
struct SharingLint {
    private let method: MethodDescriptor
    private let sharing: Driveline_Sharing

    init(_ method: MethodDescriptor) {
        self.method = method
        self.sharing = method.options.Driveline_sharing
    }

    func faults() -> [String] {
        guard self.method.options.hasDriveline_sharing else { return [] }
        guard self.sharing.owner.isEmpty != self.sharing.mergedBy.isEmpty else {
            return ["(driveline.sharing) names either an owner or merged_by"]
        }
        return self.sharing.owner.isEmpty ? self.listFaults() : self.ownerFaults()
    }

    private func ownerFaults() -> [String] {
        let owner = self.sharing.owner
        guard !owner.contains("."), let field = field(owner, of: self.method.inputType), Self.isText(field) else {
            return ["(driveline.sharing) owner \"\(owner)\" is no text of \(self.method.inputType.fullName)"]
        }
        return []
    }

    private func listFaults() -> [String] {
        var reasons: [String] = []
        if self.method.clientStreaming || self.method.serverStreaming {
            reasons.append("(driveline.sharing) merged_by fits methods that do not stream")
        }
        let names = self.sharing.mergedBy.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let list = names.first.flatMap { field($0, of: self.method.outputType) }
        let element = list.flatMap { $0.isRepeated && $0.type == .message ? $0.messageType : nil }
        if names.count != 2 || !Self.isText(element.flatMap { field(names[1], of: $0) }) {
            reasons.append(
                "(driveline.sharing) merged_by \"\(self.sharing.mergedBy)\" is no text of the elements of a list")
        }
        if !Self.isText(field("next_page_token", of: self.method.outputType)) {
            reasons.append("(driveline.sharing) merged_by needs a next_page_token in the response")
        }
        let size = field("page_size", of: self.method.inputType)
        if size?.type != .uint32 || !Self.isText(field("page_token", of: self.method.inputType)) {
            reasons.append("(driveline.sharing) merged_by needs a page_size of uint32 and a page_token in the request")
        }
        return reasons
    }

    private static func isText(_ field: FieldDescriptor?) -> Bool {
        field.map { $0.type == .string && !$0.isRepeated } ?? false
    }
}
