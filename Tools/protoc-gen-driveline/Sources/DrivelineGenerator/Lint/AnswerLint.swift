import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// What must hold for what a binding says of its answer: the field that it is made of, and the one that makes it a 201.
struct AnswerLint {
    private let binding: Driveline_HttpBinding
    private let method: MethodDescriptor

    init(_ binding: Driveline_HttpBinding, _ method: MethodDescriptor) {
        self.binding = binding
        self.method = method
    }

    func faults() -> [String] { self.bodyFaults() + self.createdFaults() }

    /// Whether the answer is the JSON of one message.
    private var isJSON: Bool { !self.method.serverStreaming && self.binding.raw.answer.isEmpty }

    private func bodyFaults() -> [String] {
        let name = self.binding.responseBody
        guard !name.isEmpty else { return [] }
        var reasons: [String] = []
        let found = self.method.outputType.fields.first { $0.name == name }
        let isObject = found?.messageType.map { SpecialMessage($0) == nil } ?? false
        if found?.type != .message || found?.isRepeated == true || !isObject {
            reasons.append("response_body \"\(name)\" is no message field of \(self.method.outputType.fullName)")
        }
        if !self.isJSON { reasons.append("response_body is for answers of one message in JSON") }
        return reasons
    }

    private func createdFaults() -> [String] {
        let name = self.binding.created
        guard !name.isEmpty else { return [] }
        var reasons: [String] = []
        let found = self.method.outputType.fields.first { $0.name == name }
        if found?.type != .bool || found?.isRepeated == true {
            reasons.append("created \"\(name)\" is no bool field of \(self.method.outputType.fullName)")
        }
        if !["POST", "PUT"].contains(self.binding.verb) {
            reasons.append("created is for POST and PUT: a \(self.binding.verb) makes nothing")
        }
        if !self.isJSON { reasons.append("created is for answers of one message in JSON") }
        return reasons
    }
}
