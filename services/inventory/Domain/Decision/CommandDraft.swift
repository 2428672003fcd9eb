/// What the command at hand has done so far: enough to undo it, or to make its movements and events.
struct CommandDraft {
    /// Units that were moved.
    struct Posting {
        let position: LevelPosition
        let lot: LotID?
        let from: StockState
        let to: StockState
        let quantity: Int64
        let reason: MovementReason
        /// After it.
        let balance: Balance
    }

    private(set) var command = 0
    var postings: [Posting] = []
    /// Items that changed, in the order in which they did.
    var touched: [Int] = []
    /// Levels that had no row.
    var created: [LevelPosition] = []
    /// Lots that had no row.
    var createdLots: [LotPosition] = []
    /// Levels whose last writer is noted.
    var marked: [LevelPosition] = []
    /// The new settings of the one item that is touched.
    var settings: ItemSettings?
    /// Events that stand behind those of the stock.
    var events: [StockEvent] = []

    /// Starts a command; the memory of the one before is used again.
    mutating func begin(_ command: Int) {
        self.command = command
        self.postings.removeAll(keepingCapacity: true)
        self.touched.removeAll(keepingCapacity: true)
        self.created.removeAll(keepingCapacity: true)
        self.createdLots.removeAll(keepingCapacity: true)
        self.marked.removeAll(keepingCapacity: true)
        self.settings = nil
        self.events.removeAll(keepingCapacity: true)
    }
}

/// What an action's rule says of a command that is carried out.
struct Answer {
    /// What the command did, where that is not told by whether something changed.
    var effect: Effect?
    /// The item that the command was about, for its version.
    var item: Int?
    /// The reservation that the command was about.
    var reservation: ReservationID?
    /// The reservation as it is to be, where it is new or changes.
    var changedReservation: Reservation?
    /// Why these locations.
    var choices: [AllocationChoice] = []
    /// How many more units a count found than the books had.
    var variance: Int64?
    /// False where a repeat is to be decided anew.
    var isRecorded = true
}
