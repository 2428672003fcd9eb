/// What a request says about the state that its object must have (RFC 9110, 13).
public struct Preconditions: Sendable, Hashable {
    private let match: EntityTagCondition?
    private let noneMatch: EntityTagCondition?

    /// Reads both headers; each is `nil` where it is absent.
    ///
    /// - Throws: The 400 that says what a header may be.
    public init(ifMatch: String?, ifNoneMatch: String?) throws(ProblemDocument) {
        self.match =
            if let ifMatch { try EntityTagCondition(ifMatch, named: "If-Match") } else { EntityTagCondition?.none }
        self.noneMatch =
            if let ifNoneMatch {
                try EntityTagCondition(ifNoneMatch, named: "If-None-Match")
            } else { EntityTagCondition?.none }
    }

    /// Whether the request sets no condition.
    public var isEmpty: Bool { self.match == nil && self.noneMatch == nil }

    /// The version that a write builds on, for the field of the request message that says so: 0 where the object must be
    /// new.
    ///
    /// - Returns: `nil` where the request sets no condition.
    /// - Throws: The 400, 412 or 428 that the conditions give by themselves. A weak tag, and one that is none of ours,
    ///   matches no version, so that is a 412 whatever the object's version is.
    public func expectedVersion() throws(ProblemDocument) -> UInt64? {
        switch (self.match, self.noneMatch) {
        case (nil, nil): return nil
        case (nil, .any?): return 0
        // Which version the object must have cannot be left open: two writers would overwrite each other.
        case (.any?, nil): throw .versionUnnamed
        case (.tags(let tags)?, nil):
            guard tags.count == 1 else { throw .versionAmbiguous }
            guard let version = tags[0].version else { throw .tagUnknown }
            // No object has the version 0, which would say that it must be new.
            guard version > 0 else { throw .tagUnknown }
            return version
        case (_, .tags?), (_?, .any?): throw .writeConditionInvalid
        }
    }

    /// What the conditions of a read say of the state that was found.
    public enum Verdict: Sendable, Hashable {
        /// The answer is to be sent.
        case send
        /// The client has it: 304.
        case notModified
        /// 412
        case failed
    }

    /// Judges what a read found.
    public func verdict(on tag: EntityTag) -> Verdict {
        // Strong comparison for If-Match, weak for If-None-Match; If-Match goes first.
        switch self.match {
        case .tags(let tags)? where !tags.contains(where: { !$0.isWeak && $0.plainOpaque == tag.opaque }):
            return .failed
        default: break
        }
        switch self.noneMatch {
        case .any?: return .notModified
        case .tags(let tags)? where tags.contains(where: { $0.plainOpaque == tag.opaque }): return .notModified
        default: return .send
        }
    }
}
