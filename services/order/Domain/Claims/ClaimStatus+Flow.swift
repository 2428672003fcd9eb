public import OrderMessages
internal import Refusals

extension ClaimStatus {
    /// Whether something is still to happen.
    public var isOpen: Bool { !self.successors.isEmpty }

    /// Whether the claim is one that counts: it was neither refused nor withdrawn.
    var stands: Bool { self.isOpen || self == .settled }

    /// Where a claim may go from here, directly.
    var successors: [ClaimStatus] {
        switch self {
        case .submitted: [.informationWanted, .approved, .refused, .cancelled]
        case .informationWanted: [.submitted, .approved, .refused, .cancelled]
        case .approved: [.settled, .cancelled]
        case .refused, .settled, .cancelled, .unspecified, .unrecognized: []
        }
    }

    /// In a sentence: "information wanted".
    var words: String {
        switch self {
        case .submitted: "submitted"
        case .informationWanted: "information wanted"
        case .approved: "approved"
        case .refused: "refused"
        case .settled: "settled"
        case .cancelled: "cancelled"
        case .unspecified, .unrecognized: "in no known state"
        }
    }
}

extension WarrantyClaim {
    /// - Throws: ``OrderRefusal`` with `stateNotAllowed` where the claim may not go there from where it is.
    func check(_ next: ClaimStatus) throws(OrderRefusal) {
        guard !self.status.successors.contains(next) else { return }
        let valid = self.status.successors.map(\.words).joined(separator: ", ")
        throw OrderRefusal(
            .stateNotAllowed, "the claim is \(self.status.words) and cannot become \(next.words)",
            faults: [
                FieldFault(
                    field: "status", reason: "is \(self.status.words)",
                    expected: valid.isEmpty ? "nothing more can be done with it" : valid)
            ])
    }
}
