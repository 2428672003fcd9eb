import InventoryDomain
import TestSupport
import Testing

/// Setting stock and settings, and who wins where writers disagree.
@Suite(.processorBound) struct ItemUpdateTests {
    private func update(
        _ units: Int64, expected: VersionExpectation = .any, threshold: Int64? = nil
    ) -> Action {
        let level = LevelUpdate(location: location("WHS1"), target: .available(count(units)))
        return .update(
            ItemUpdate(
                sku: sku("A"), expectedVersion: expected, levels: [level],
                reorderThreshold: threshold.map { count($0) }))
    }

    private let stock = [item("A", version: 7, [("WHS1", onHand: 10, reserved: 4), ("WHS2", onHand: 0, reserved: 0)])]

    @Test("a document's stockAvailable is what is free afterwards, zero and new locations among them")
    func document() {
        var set = workingSet(self.stock)
        let levels = [
            LevelUpdate(location: location("WHS1"), target: .available(count(100))),
            LevelUpdate(location: location("WHS3"), target: .available(count(0))),
        ]
        let document = ItemUpdate(sku: sku("A"), levels: levels, reorderThreshold: count(20), isDropShip: true)
        let receipt = set.decide(command("c1", .update(document))).receipt
        #expect(receipt?.items == [ItemVersion(sku: sku("A"), version: 8)])
        #expect(set.available("A", "WHS1") == 100)
        #expect(set.balance("A", "WHS1")?.onHand == 104)
        #expect(set.available("A", "WHS3") == 0)
        #expect(set.item(sku("A"))?.settings.isDropShip == true)
        let changes = set.takeChanges()
        #expect(changes.movements.map(\.quantity) == [94])
        #expect(changes.levels.map(\.isNew) == [false, true])
        #expect(changes.items.map(\.settingsChanged) == [true])
        #expect(set.decide(command("c2", .update(document))).receipt?.effect == .unchanged)
        #expect(set.takeChanges().items.isEmpty)
    }

    @Test("the wrong version is refused with the right one, and nothing of the update is done")
    func versions() {
        var set = workingSet(self.stock)
        let refusal = set.decide(command("c1", self.update(5, expected: .exactly(6)))).refusal
        #expect(refusal?.reason == .versionConflict)
        #expect(refusal?.currentVersion == 7)
        #expect(set.decide(command("c2", self.update(5, expected: .exactly(7)))).receipt?.effect == .applied)
        #expect(set.decide(command("c3", self.update(6, expected: .exactly(7)))).reason == .versionConflict)
        var strict = workingSet(self.stock, rules: BrandRules(stockConflicts: .expectedVersion))
        #expect(strict.decide(command("c1", self.update(5))).reason == .versionRequired)
        #expect(strict.decide(command("c2", self.update(5, expected: .exactly(7)))).receipt != nil)
    }

    private func losers(_ set: inout WorkingSet) -> [SupersededWrite] {
        set.takeChanges().events.compactMap { event in
            if case .updateSuperseded(let write) = event { write } else { nil }
        }
    }

    @Test("where the rules ask for the version, who built on an old one is recorded as the loser")
    func expectedVersionLoser() throws {
        var set = workingSet(self.stock, rules: BrandRules(stockConflicts: .expectedVersion))
        _ = set.decide(command("c1", self.update(5, expected: .exactly(7)), source: .erp))
        #expect(self.losers(&set).isEmpty)
        let late = command("c2", self.update(9, expected: .exactly(7), threshold: 3), source: .channel)
        #expect(set.decide(late).reason == .versionConflict)
        let lost = self.losers(&set)
        #expect(lost.map(\.field) == [.stock], "for the threshold the last writer would have won")
        let write = try #require(lost.first)
        #expect(write.location == location("WHS1") && write.command == commandID("c2"))
        #expect(write.loser == .channel && write.winner == WriteMark(source: .erp, at: noon))
        #expect(write.offered == 13 && write.kept == 9, "units on hand, of which 4 are promised")
        var lenient = workingSet(self.stock)
        #expect(lenient.decide(command("c3", self.update(9, expected: .exactly(6)))).reason == .versionConflict)
        #expect(self.losers(&lenient).isEmpty, "the caller's own wish, and no rule of the brand")
    }

    @Test("losers by an old version wait for the next transaction where the events have no room")
    func expectedVersionLoserWaits() {
        var set = workingSet(self.stock, rules: BrandRules(stockConflicts: .expectedVersion))
        let first = command("c1", self.update(5, expected: .exactly(7)))
        let late = command("c2", self.update(9, expected: .exactly(7)))
        #expect(set.decide([first, late], eventLimit: 1).count == 1)
        #expect(set.decide([first, late], eventLimit: 2).count == 2)
    }

    @Test("among settings, what another source replaces as the last writer is recorded as the loser")
    func lastWriterLoser() throws {
        var set = workingSet(self.stock)
        func threshold(_ id: String, _ units: Int64, _ source: Source) -> Command {
            command(id, .update(ItemUpdate(sku: sku("A"), reorderThreshold: count(units))), source: source)
        }
        _ = set.decide([threshold("c1", 5, .erp), threshold("c2", 6, .erp), threshold("c3", 6, .user)])
        #expect(self.losers(&set).isEmpty, "the first, the same source, and the same number")
        _ = set.decide(threshold("c4", 8, .user))
        let write = try #require(self.losers(&set).first)
        #expect(write.field == .reorder && write.location == nil && write.command == commandID("c4"))
        #expect(write.loser == .erp && write.winner == WriteMark(source: .user, at: noon))
        #expect(write.offered == 6 && write.kept == 8)
    }

    @Test("32 writers who read, add one and write: as many succeed as the stock has grown")
    func noLostUpdate() {
        var set = workingSet(self.stock)
        var succeeded = 0
        for round in 0..<50 {
            let version = set.item(sku("A"))?.version ?? 0
            let free = set.available("A", "WHS1") ?? 0
            for writer in 0..<32 {
                let write = command("c\(round)-\(writer)", self.update(free + 1, expected: .exactly(version)))
                if set.decide(write).receipt != nil { succeeded += 1 }
            }
        }
        #expect(succeeded == 50)
        #expect(set.available("A", "WHS1") == 56)
        #expect(set.item(sku("A"))?.version == 57)
    }

    @Test("a source of lower rank loses for as long as the other's write counts, and that is recorded")
    func sourcePriority() throws {
        let rule = ConflictRule.sourcePriority(ranking: [.warehouse, .erp], countsForSeconds: 60)
        let rules = BrandRules(stockConflicts: rule, reorderConflicts: rule)
        var set = workingSet(self.stock, rules: rules)
        #expect(
            set.decide(command("c1", self.update(50, threshold: 5), source: .warehouse)).receipt?.effect == .applied)
        let lost = set.decide(command("c2", self.update(60, threshold: 9), source: .channel))
        #expect(lost.receipt?.effect == .superseded)
        #expect(set.available("A", "WHS1") == 50)
        #expect(set.item(sku("A"))?.settings.reorderThreshold == count(5))
        let changes = set.takeChanges()
        let losers = changes.events.compactMap { event -> SupersededWrite? in
            if case .updateSuperseded(let write) = event { write } else { nil }
        }
        #expect(losers.map(\.field) == [.stock, .reorder])
        #expect(losers.map(\.offered) == [64, 9])
        #expect(losers.map(\.kept) == [54, 5])
        #expect(losers.allSatisfy { $0.winner?.source == .warehouse && $0.loser == .channel })
        #expect(changes.levels.first?.level.written == WriteMark(source: .warehouse, at: noon))

        var soon = workingSet(set.allItems, rules: rules, now: noon.adding(seconds: 59))
        #expect(soon.decide(command("c3", self.update(60), source: .erp)).receipt?.effect == .superseded)
        var later = workingSet(set.allItems, rules: rules, now: noon.adding(seconds: 60))
        #expect(later.decide(command("c3", self.update(60), source: .channel)).receipt?.effect == .applied)
        #expect(later.decide(command("c4", self.update(61), source: .erp)).receipt?.effect == .applied)
    }

    @Test("writing the same number again still says who wrote it last")
    func sameNumberMarks() {
        let rules = BrandRules(stockConflicts: .sourcePriority(ranking: [.warehouse], countsForSeconds: nil))
        var set = workingSet(self.stock, rules: rules)
        #expect(set.decide(command("c1", self.update(6), source: .warehouse)).receipt?.effect == .unchanged)
        #expect(set.takeChanges().levels.map(\.level.written) == [WriteMark(source: .warehouse, at: noon)])
        #expect(set.decide(command("c2", self.update(9), source: .user)).receipt?.effect == .superseded)
    }

    @Test("the same location twice, too many lines, or less than is promised is refused with the field")
    func badUpdates() {
        var set = workingSet(self.stock)
        let level = LevelUpdate(location: location("WHS1"), target: .onHand(count(50)))
        let twice = set.decide(command("c1", .update(ItemUpdate(sku: sku("A"), levels: [level, level]))))
        #expect(twice.reason == .duplicateLine)
        #expect(twice.refusal?.field == "warehouses[1].locationId")
        let many = Array(repeating: level, count: 10_001)
        #expect(set.decide(command("c2", .update(ItemUpdate(sku: sku("A"), levels: many)))).reason == .lineCount)
        let low = LevelUpdate(location: location("WHS1"), target: .onHand(count(3)))
        let both = ItemUpdate(
            sku: sku("A"), levels: [LevelUpdate(location: location("WHS3"), target: .onHand(count(9))), low],
            reorderThreshold: count(1))
        let refusal = set.decide(command("c3", .update(both))).refusal
        #expect(refusal?.reason == .belowReserved)
        #expect(refusal?.field == "warehouses[1].onHand")
        #expect(set.allItems == self.stock, "the new location and the threshold are taken back")
    }

    @Test("the reorder threshold is crossed once on each way down")
    func threshold() {
        var settings = ItemSettings()
        settings.reorderThreshold = count(8)
        settings.reorderQuantity = count(50)
        var set = workingSet([item("A", settings: settings, [("WHS1", onHand: 10, reserved: 0)])])
        func crossings() -> Int {
            set.takeChanges().events.count { if case .thresholdCrossed = $0 { true } else { false } }
        }
        func adjust(_ id: String, _ units: Int64) {
            _ = set.decide(command(id, .adjust(place("A", "WHS1"), delta(units), .sold)))
        }
        adjust("c1", -2)
        #expect(crossings() == 0, "8 is not below 8")
        adjust("c2", -1)
        adjust("c3", -1)
        #expect(crossings() == 1)
        adjust("c4", 4)
        adjust("c5", -4)
        #expect(crossings() == 1)
        _ = set.decide(command("c6", .update(ItemUpdate(sku: sku("A"), reorderThreshold: count(3)))))
        #expect(crossings() == 0)
        _ = set.decide(command("c7", .update(ItemUpdate(sku: sku("A"), reorderThreshold: count(7)))))
        #expect(crossings() == 1, "the threshold came up to the stock")
    }

    @Test("buffers lower what channels are told, never below zero")
    func buffers() {
        var places = locations("WHS1", "WHS2", "WHS3")
        places[location("WHS1")]?.safetyBuffer = count(3)
        places[location("WHS2")]?.isActive = false
        var settings = ItemSettings(safetyBuffer: count(1))
        settings.channelBuffers = [ChannelBuffer(channel: channel("amazon"), quantity: count(2))]
        let rules = BrandRules(channelBuffers: [
            ChannelBuffer(channel: channel("amazon"), quantity: count(50)),
            ChannelBuffer(channel: channel("ebay"), quantity: count(50)),
        ])
        let stock = item(
            "A", settings: settings,
            [("WHS1", onHand: 10, reserved: 2), ("WHS2", onHand: 90, reserved: 0), ("WHS3", onHand: 2, reserved: 2)])
        func sellable(_ name: String?) -> Int64 {
            Availability(of: stock, channel: name.map { channel($0) }, locations: places, rules: rules, now: noon)
                .sellable
        }
        #expect(sellable(nil) == 4)
        #expect(sellable("amazon") == 2, "the SKU's own buffer for it stands before the brand's")
        #expect(sellable("ebay") == 0)
    }
}
