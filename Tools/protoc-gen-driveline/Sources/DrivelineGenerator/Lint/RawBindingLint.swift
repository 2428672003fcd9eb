import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// What must hold for a REST binding whose request, or answer, is bytes; and for one that has none.
struct RawBindingLint {
    /// The most bytes of a body that a message holds whole: what a message may have, less what stands beside the body.
    static let maximumWholeBytes: UInt64 = 3_145_728
    /// The headers that belong to a connection and mean nothing behind it (RFC 9110, 7.6.1).
    static let connectionHeaders: Set<String> = [
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    ]
    private static let requestHead = "driveline.raw.v1.RequestHead"

    private let binding: Driveline_HttpBinding
    private let method: MethodDescriptor
    private let raw: Driveline_RawBodies

    init(_ binding: Driveline_HttpBinding, _ method: MethodDescriptor) {
        self.binding = binding
        self.method = method
        self.raw = binding.raw
    }

    func faults() -> [String] {
        guard self.binding.hasRaw else {
            var reasons = self.authenticationFaults()
            if self.method.clientStreaming {
                reasons.append("binds a stream of requests, which only a raw body can be")
            } else if self.method.serverStreaming, self.binding.verb != "GET" {
                reasons.append("binds a stream of events, which is for GET only")
            }
            return reasons
        }
        var reasons: [String] = []
        if self.raw.consumes.isEmpty, self.raw.answer.isEmpty {
            reasons.append("raw says neither what it consumes nor what its answer is")
        }
        if self.method.clientStreaming, self.method.serverStreaming {
            reasons.append("binds a method that streams both ways, which HTTP cannot")
        }
        return reasons + self.requestFaults() + self.answerFaults() + self.headerFaults() + self.authenticationFaults()
    }

    private func requestFaults() -> [String] {
        guard !self.raw.consumes.isEmpty else { return self.unconsumedFaults() }
        var reasons: [String] = []
        if !["POST", "PUT", "PATCH"].contains(self.binding.verb) {
            reasons.append("raw.consumes is for POST, PUT and PATCH: a \(self.binding.verb) has no body")
        }
        if self.method.serverStreaming, !self.method.clientStreaming {
            reasons.append("raw.consumes fits methods of one answer, and this one streams")
        }
        for type in self.raw.consumes where !Self.isMediaType(type, allowsAny: true) {
            reasons.append("raw.consumes \"\(type)\" is no media type such as text/csv, nor */*")
        }
        let body = field(self.binding.body, of: self.method.inputType)
        if !Self.isBytes(body) || self.binding.body.contains(".") {
            reasons.append("raw.consumes needs a body that is a field of bytes, and not \"\(self.binding.body)\"")
        } else if body?.options.Driveline_field.required == true {
            reasons.append("body \"\(self.binding.body)\" is required, and a raw body comes later or may be empty")
        }
        if self.raw.maximumBytes == 0 {
            reasons.append("raw.maximum_bytes is missing")
        } else if !self.method.clientStreaming, self.raw.maximumBytes > Self.maximumWholeBytes {
            reasons.append(
                "raw.maximum_bytes is \(self.raw.maximumBytes); one message holds \(Self.maximumWholeBytes), a stream more"
            )
        }
        return reasons
    }

    private func unconsumedFaults() -> [String] {
        var reasons: [String] = []
        if self.raw.maximumBytes != 0 { reasons.append("raw.maximum_bytes is for bodies that raw.consumes") }
        if self.method.clientStreaming { reasons.append("binds a stream of requests, which only a raw body can be") }
        return reasons
    }

    private func answerFaults() -> [String] {
        guard !self.raw.answer.isEmpty else {
            if !self.raw.produces.isEmpty { return ["raw.produces is for answers that are raw: name raw.answer"] }
            return self.method.serverStreaming ? ["binds a stream of answers, which needs raw.answer"] : []
        }
        var reasons: [String] = []
        if !Self.isBytes(field(self.raw.answer, of: self.method.outputType)) || self.raw.answer.contains(".") {
            let type = self.method.outputType.fullName
            reasons.append("raw.answer \"\(self.raw.answer)\" is no field of bytes of \(type)")
        }
        if !Self.isMediaType(self.raw.produces, allowsAny: false) {
            reasons.append("raw.produces \"\(self.raw.produces)\" is no media type such as text/csv")
        }
        if !self.method.options.Driveline_version.isEmpty {
            reasons.append("(driveline.version) is for answers of JSON, and this one is raw")
        }
        return reasons
    }

    private func headerFaults() -> [String] {
        var reasons: [String] = []
        let hasHead = self.method.inputType.fields.contains { Self.isHead($0) }
        if !self.raw.headers.isEmpty, !hasHead {
            reasons.append("raw.headers needs a field of the request that is a \(Self.requestHead)")
        }
        if self.raw.headers.contains("*"), self.raw.headers.count > 1 {
            reasons.append("raw.headers has * beside other names")
        }
        for name in self.raw.headers where name != "*" {
            if !Self.isHeaderName(name) {
                reasons.append("raw.headers \"\(name)\" is no name of a header in lower case")
            } else if Self.connectionHeaders.contains(name) {
                reasons.append("raw.headers \"\(name)\" belongs to the connection")
            } else if name == "authorization", self.binding.authentication == .key {
                reasons.append("raw.headers \"authorization\" is the API key here, which nobody else gets to see")
            }
        }
        for name in self.binding.query + [self.binding.body]
        where field(name, of: self.method.inputType).map(Self.isHead) == true {
            reasons.append("\"\(name)\" is filled with the request's head, and by nothing else")
        }
        return reasons
    }

    private func authenticationFaults() -> [String] {
        let name: String
        switch self.binding.authentication {
        case .key, .UNRECOGNIZED: return []
        case .none: name = "none"
        case .signature: name = "signature"
        }
        let options = self.method.options
        var reasons: [String] = []
        if self.method.clientStreaming || self.method.serverStreaming {
            reasons.append("authentication \(name) is for methods that do not stream")
        }
        if !options.Driveline_anonymous {
            reasons.append("authentication \(name) needs (driveline.anonymous), as the call has no caller")
        }
        if options.Driveline_idempotency == .keyRequired {
            reasons.append("authentication \(name) and a required idempotency key do not go together: nobody sends one")
        }
        if self.binding.authentication == .signature, self.raw.consumes.isEmpty {
            reasons.append("authentication signature needs a raw body of the request, which is what is signed")
        }
        return reasons
    }
}

extension RawBindingLint {
    private static func isBytes(_ field: FieldDescriptor?) -> Bool {
        field.map { $0.type == .bytes && !$0.isRepeated } ?? false
    }

    private static func isHead(_ field: FieldDescriptor) -> Bool {
        field.type == .message && field.messageType?.fullName == Self.requestHead
    }

    private static func isMediaType(_ text: String, allowsAny: Bool) -> Bool {
        if text == "*/*" { return allowsAny }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(Self.isNameByte) }
    }

    private static func isHeaderName(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy(Self.isNameByte) }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
