internal import Logging
internal import RPC

/// The trace and the brand of the call that is being handled, for log lines.
enum CallMetadata {
    static let provider = Logger.MetadataProvider {
        guard let scope = CallScope.current else { return [:] }
        var metadata = CallMetadata.metadata(traceparent: scope.trace?.traceparent ?? "")
        if !scope.brand.isEmpty { metadata["organization.id"] = .string(scope.brand) }
        return metadata
    }

    /// The ids in `00-TRACE-SPAN-FLAGS`; none where the text is anything else, which callers can send.
    static func metadata(traceparent: String) -> Logger.Metadata {
        guard traceparent.utf8.count <= 128 else { return [:] }
        let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[1].utf8.count == 32, parts[2].utf8.count == 16,
            (parts[1] + parts[2]).utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { return [:] }
        return ["trace.id": .string(String(parts[1])), "span.id": .string(String(parts[2]))]
    }
}
