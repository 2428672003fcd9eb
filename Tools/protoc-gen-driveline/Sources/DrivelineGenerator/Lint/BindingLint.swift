import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// A path template such as `/v1/inventory/{sku}`.
struct PathTemplate {
    /// The text between the slashes.
    let segments: [String]

    init(_ path: String) {
        self.segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
    }

    /// The names between braces.
    var parameters: [String] { self.segments.compactMap(Self.parameter) }

    /// The template without the names of its parameters: two routes of one shape cannot be told apart.
    var shape: String { "/" + self.segments.map { Self.parameter($0) == nil ? $0 : "{}" }.joined(separator: "/") }

    /// Whether it begins with `/v` and a number, and something follows.
    var hasVersion: Bool {
        guard self.segments.count > 1, let first = self.segments.first, first.hasPrefix("v") else { return false }
        return first.count > 1 && first.dropFirst().allSatisfy { $0.isASCII && $0.isNumber }
    }

    /// Whether every segment is plain text or one parameter.
    var isWellFormed: Bool {
        self.segments.allSatisfy { segment in
            if Self.parameter(segment) != nil { return true }
            return !segment.isEmpty
                && segment.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.~:".contains($0)) }
        }
    }

    private static func parameter(_ segment: String) -> String? {
        guard segment.hasPrefix("{"), segment.hasSuffix("}"), segment.count > 2 else { return nil }
        return String(segment.dropFirst().dropLast())
    }
}

/// What must hold for a REST binding.
struct BindingLint {
    private static let verbs: Set<String> = ["GET", "POST", "PUT", "PATCH", "DELETE"]

    private let binding: Driveline_HttpBinding
    private let request: Descriptor
    private let answer: AnswerLint
    private let raw: RawBindingLint

    init(_ binding: Driveline_HttpBinding, _ method: MethodDescriptor) {
        self.binding = binding
        self.request = method.inputType
        self.answer = AnswerLint(binding, method)
        self.raw = RawBindingLint(binding, method)
    }

    func faults() -> [String] {
        var reasons: [String] = []
        if !Self.verbs.contains(self.binding.verb) {
            reasons.append("verb \"\(self.binding.verb)\" is none of GET, POST, PUT, PATCH, DELETE")
        }
        let path = PathTemplate(self.binding.path)
        if !self.binding.path.hasPrefix("/") || !path.hasVersion {
            reasons.append("path \"\(self.binding.path)\" does not start with a version, for example /v1/")
        } else if !path.isWellFormed {
            reasons.append("path \"\(self.binding.path)\" has a segment that is neither plain text nor one {field}")
        }
        for parameter in path.parameters { reasons += self.parameterFaults(parameter) }
        if !self.binding.body.isEmpty, self.binding.body != "*", field(self.binding.body, of: self.request) == nil {
            reasons.append("body \"\(self.binding.body)\" names no field of \(self.request.fullName)")
        }
        for name in self.binding.query where name != "*" && field(name, of: self.request) == nil {
            reasons.append("query \"\(name)\" names no field of \(self.request.fullName)")
        }
        return reasons + self.answer.faults() + self.raw.faults()
    }

    private func parameterFaults(_ name: String) -> [String] {
        guard let field = field(name, of: self.request) else {
            return ["path parameter {\(name)} names no field of \(self.request.fullName)"]
        }
        guard !field.isRepeated, field.type != .message else {
            return ["path parameter {\(name)} is a list, map or message; only a single value fits a path"]
        }
        return []
    }
}
