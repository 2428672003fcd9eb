import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// What must hold for a method whose answers caches may keep.
struct CacheLint {
    /// The most bytes of a key as it is written in the proto file.
    static let maximumKeyBytes = 100
    /// The longest that anything may be kept: a year. Seconds.
    static let maximumAgeSeconds: UInt32 = 31_536_000

    private let method: MethodDescriptor
    private let policy: Driveline_CachePolicy

    init(_ method: MethodDescriptor) {
        self.method = method
        self.policy = method.options.Driveline_cache
    }

    func faults() -> [String] {
        guard self.method.options.hasDriveline_cache else { return [] }
        let reasons = self.bindingFaults() + self.ageFaults() + self.policy.keys.flatMap(self.keyFaults)
        return reasons.map { "(driveline.cache) \($0)" }
    }

    private func bindingFaults() -> [String] {
        let bindings = self.method.options.Driveline_http
        var reasons: [String] = []
        if bindings.isEmpty || bindings.contains(where: { $0.verb != "GET" }) {
            reasons.append("is for methods that are bound to GET, and to nothing else")
        }
        if self.method.clientStreaming || self.method.serverStreaming || bindings.contains(where: \.hasRaw) {
            reasons.append("is for answers of one message in JSON")
        }
        if self.method.options.Driveline_anonymous {
            reasons.append("is for callers with a key, whose brand goes before the keys of caches")
        }
        return reasons
    }

    private func ageFaults() -> [String] {
        var reasons: [String] = []
        for (name, seconds) in [
            ("maximum_age_seconds", self.policy.maximumAgeSeconds),
            ("shared_age_seconds", self.policy.sharedAgeSeconds),
        ] where seconds > Self.maximumAgeSeconds {
            reasons.append("\(name) is \(seconds); at most \(Self.maximumAgeSeconds), a year, fits")
        }
        if (self.policy.sharedAgeSeconds == 0) != self.policy.keys.isEmpty {
            reasons.append("has shared_age_seconds and keys, or neither: what is shared must be told to be dropped")
        }
        return reasons
    }

    private func keyFaults(_ key: String) -> [String] {
        guard !key.isEmpty, key.utf8.count <= Self.maximumKeyBytes, let names = Self.names(in: key) else {
            return [
                "key \"\(key)\" is not made of lower-case letters, digits, \"-\", \"/\" and fields in braces, such as "
                    + "product/{sku}, in at most \(Self.maximumKeyBytes) bytes"
            ]
        }
        return names.compactMap { name in
            let found = self.method.inputType.fields.first { $0.name == name }
            let fits = found.map { !$0.isRepeated && [.string, .uint32, .uint64].contains($0.type) } ?? false
            return fits ? nil : "key \"\(key)\": \(name) is no text or unsigned number of the request"
        }
    }

    /// The names between braces; `nil` where what is around them is no text of a key.
    private static func names(in key: String) -> [String]? {
        var names: [String] = []
        var rest = Substring(key)
        while let first = rest.first {
            if first == "{" {
                guard let end = rest.firstIndex(of: "}"), rest.index(after: rest.startIndex) < end else { return nil }
                names.append(String(rest[..<end].dropFirst()))
                rest = rest[end...].dropFirst()
            } else {
                guard first.isASCII, first.isLowercase || first.isNumber || "-/".contains(first) else { return nil }
                rest = rest.dropFirst()
            }
        }
        return names
    }
}
