/// The fields that writers may disagree about.
public enum ContestedField: String, Hashable, Sendable, CaseIterable {
    /// The stock of a location, where it is set. Differences never conflict.
    case stock
    /// Reorder threshold and quantity.
    case reorder
    /// The buffers of SKU and channels.
    case buffers
    /// Whether a supplier ships the SKU.
    case dropShip
}

/// Who wins where writers disagree.
public enum ConflictRule: Hashable, Sendable {
    /// The last writer.
    case lastWriter
    /// Only who knows the SKU's version.
    case expectedVersion
    /// The source of higher rank, for so many seconds after its write; nil: for ever. The highest comes first; a source
    /// that is not named comes behind all that are.
    case sourcePriority(ranking: [Source], countsForSeconds: Int64?)

    /// Whether an earlier write keeps out another one now.
    func keepsOut(_ source: Source, after mark: WriteMark?, at now: Timestamp) -> Bool {
        guard case .sourcePriority(let ranking, let seconds) = self, let mark else { return false }
        if let seconds, mark.at.adding(seconds: seconds) <= now { return false }
        func rank(_ source: Source) -> Int { ranking.firstIndex(of: source) ?? ranking.count }
        return rank(mark.source) < rank(source)
    }
}

/// How a brand wants its inventory kept.
public struct BrandRules: Hashable, Sendable {
    /// Who wins for the stock of a location.
    public var stockConflicts: ConflictRule
    /// Who wins for reorder threshold and quantity.
    public var reorderConflicts: ConflictRule
    /// Who wins for buffers.
    public var bufferConflicts: ConflictRule
    /// Who wins for the drop-ship flag.
    public var dropShipConflicts: ConflictRule
    /// Whether stock may be said of a SKU that nothing is known of; it is known then.
    public var acceptsUnknownSKUs: Bool
    /// The most units that a level may be short of by backorders.
    public var backorderCap: UnitCount
    /// How much one client may hold without confirming it.
    public var holdCaps: HoldCaps
    /// What channels are not told of, for SKUs without a buffer of their own for them.
    public var channelBuffers: [ChannelBuffer]

    /// Rules; those not given are the defaults: the last writer wins, unknown SKUs are accepted, nothing is backordered.
    public init(
        stockConflicts: ConflictRule = .lastWriter, reorderConflicts: ConflictRule = .lastWriter,
        bufferConflicts: ConflictRule = .lastWriter, dropShipConflicts: ConflictRule = .lastWriter,
        acceptsUnknownSKUs: Bool = true, backorderCap: UnitCount = .zero, channelBuffers: [ChannelBuffer] = [],
        holdCaps: HoldCaps = HoldCaps()
    ) {
        self.stockConflicts = stockConflicts
        self.reorderConflicts = reorderConflicts
        self.bufferConflicts = bufferConflicts
        self.dropShipConflicts = dropShipConflicts
        self.acceptsUnknownSKUs = acceptsUnknownSKUs
        self.backorderCap = backorderCap
        self.channelBuffers = channelBuffers
        self.holdCaps = holdCaps
    }

    /// Who wins for a field.
    public func conflictRule(for field: ContestedField) -> ConflictRule {
        switch field {
        case .stock: self.stockConflicts
        case .reorder: self.reorderConflicts
        case .buffers: self.bufferConflicts
        case .dropShip: self.dropShipConflicts
        }
    }

    /// Whether it is kept who wrote the settings last also where nothing changes by it.
    var keepsSettingMarks: Bool {
        [self.reorderConflicts, self.bufferConflicts, self.dropShipConflicts].contains {
            if case .sourcePriority = $0 { true } else { false }
        }
    }

    /// Whether a write may lose against one that is there already.
    public var mayRefuseWriters: Bool { ContestedField.allCases.contains { self.conflictRule(for: $0) != .lastWriter } }

    /// What a channel is not told of: the SKU's own buffer for it, else the brand's.
    func buffer(for channel: ChannelID, of settings: ItemSettings) -> UnitCount {
        let buffer =
            settings.channelBuffers.first { $0.channel == channel }
            ?? self.channelBuffers.first { $0.channel == channel }
        return buffer?.quantity ?? .zero
    }
}
