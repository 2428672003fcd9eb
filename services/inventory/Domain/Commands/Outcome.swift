/// What became of a command.
public enum Outcome: Hashable, Sendable {
    /// It was carried out, now or before.
    case accepted(Receipt)
    /// It was not, and has changed nothing.
    case refused(Refusal)
}

/// What a command did.
public enum Effect: Int16, Hashable, Sendable {
    /// Something changed.
    case applied = 1
    /// Everything was as the command asks already.
    case unchanged = 2
    /// All or part of it lost against a source of higher rank; that is recorded by events.
    case superseded = 3
}

/// A SKU and its version.
public struct ItemVersion: Hashable, Sendable {
    /// What.
    public let sku: SKU
    /// Its version after the command.
    public let version: Int64

    /// A SKU and its version.
    public init(sku: SKU, version: Int64) {
        self.sku = sku
        self.version = version
    }
}

/// The answer to a command that was carried out.
public struct Receipt: Hashable, Sendable {
    /// What it did.
    public let effect: Effect
    /// The SKUs that it changed, or for a command on one place was about, with their versions after it.
    public let items: [ItemVersion]
    /// The reservation after it, for commands on one.
    public let reservation: Reservation?
    /// Why these locations, for a reserve command.
    public let choices: [AllocationChoice]
    /// How many more units a count found than the books had; negative: fewer; nil: it was none.
    public let variance: Int64?
    /// True: this is what the first command with the id gave.
    public internal(set) var isRepeat: Bool

    /// An answer, as its record holds it.
    public init(
        effect: Effect, items: [ItemVersion], reservation: Reservation? = nil, choices: [AllocationChoice] = [],
        variance: Int64? = nil, isRepeat: Bool = false
    ) {
        self.effect = effect
        self.items = items
        self.reservation = reservation
        self.choices = choices
        self.variance = variance
        self.isRepeat = isRepeat
    }
}

/// What is kept of a command that was carried out, so that a repeat gets the same answer. Refused ones leave none.
public struct CommandRecord: Hashable, Sendable {
    /// The command's id.
    public let id: CommandID
    /// What it asked for; see ``Command/fingerprint``.
    public let fingerprint: Int64
    /// What it got.
    public let receipt: Receipt

    /// A record.
    public init(id: CommandID, fingerprint: Int64, receipt: Receipt) {
        self.id = id
        self.fingerprint = fingerprint
        self.receipt = receipt
    }
}
