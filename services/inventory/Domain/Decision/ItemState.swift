/// An item in a working set, and what is known of its change.
struct ItemState {
    var item: StockItem
    /// The version and number of levels that are written.
    private var writtenVersion: Int64
    private var writtenLevelCount: Int
    private var hasUnwrittenSettings = false
    /// The last command that changed it, and how it was before that.
    private(set) var touchedBy = 0
    /// What channels could be told of it then; only where it is part of kits.
    var sellableBefore: Int64 = 0
    private(set) var wasBelowThreshold = false
    private(set) var settingsChanged = false

    init(_ item: StockItem) {
        self.item = item
        self.writtenVersion = item.version
        self.writtenLevelCount = item.levels.count
    }

    /// Notes that a command changes the item.
    ///
    /// - Returns: Whether it is the first time that this command does.
    mutating func touch(by command: Int) -> Bool {
        guard self.touchedBy != command else { return false }
        self.touchedBy = command
        self.wasBelowThreshold = self.item.isBelowReorderThreshold
        self.settingsChanged = false
        return true
    }

    /// Replaces the settings; the command has touched the item.
    mutating func set(_ settings: ItemSettings) {
        self.item.settings = settings
        self.settingsChanged = true
        self.hasUnwrittenSettings = true
    }

    /// Adds what is not written yet, and counts it as written.
    ///
    /// - Parameter position: The item's place in the set.
    mutating func collect(into changes: inout Changes, at position: Int) {
        guard self.item.version > self.writtenVersion else { return }
        changes.items.append(
            ItemChange(
                sku: self.item.sku, position: position, version: self.item.version, settings: self.item.settings,
                settingsChanged: self.hasUnwrittenSettings))
        for (index, level) in self.item.levels.enumerated() where level.version > self.writtenVersion {
            let isNew = index >= self.writtenLevelCount
            changes.levels.append(
                LevelChange(sku: self.item.sku, position: position, level: level, index: isNew ? nil : index))
        }
        self.writtenVersion = self.item.version
        self.writtenLevelCount = self.item.levels.count
        self.hasUnwrittenSettings = false
    }
}
