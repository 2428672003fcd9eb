import InventoryDomain
import TestSupport
import Testing

/// What numbers consist of, in sentences.
@Suite(.processorBound) struct StockExplanationTests {
    private typealias Cause = StockExplanation.Cause

    private func sentences(_ balance: Balance, _ causes: [StockState: [Cause]]) -> [String] {
        StockExplanation.sentences(sku("A"), at: location("WHS1"), balance, causes: causes)
    }

    @Test("each number that is or ever was something has its causes, the largest first")
    func numbers() throws {
        let balance = try Balance(onHand: 12, reserved: 5, quarantined: 0, inTransit: 0, incoming: 30)
        let told = self.sentences(
            balance,
            [
                .available: [
                    Cause(reason: "reserve", units: -5, count: 2), Cause(reason: "set", units: 12, count: 1),
                ],
                .reserved: [Cause(reason: "reserve", units: 5, count: 2)],
                .quarantined: [
                    Cause(reason: "quarantine", units: 3, count: 1),
                    Cause(reason: "quarantine.release", units: -3, count: 1),
                ],
                .incoming: [Cause(reason: "expect", units: 30, count: 1)],
            ])
        #expect(
            told == [
                "A at WHS1: 7 available = 12 on hand - 5 reserved; made up of +12 by set (1 movement), "
                    + "-5 by reserve (2 movements)",
                "A at WHS1: 5 reserved = +5 by reserve (2 movements)",
                "A at WHS1: 0 quarantined = +3 by quarantine (1 movement), -3 by quarantine.release (1 movement)",
                "A at WHS1: 30 incoming = +30 by expect (1 movement)",
            ])
    }

    @Test("a shortage, what no movement accounts for, and what never moved are told")
    func oddities() throws {
        let short = self.sentences(
            try Balance(onHand: 2, reserved: 5), [.reserved: [Cause(reason: "reserve", units: 4, count: 1)]])
        #expect(
            short == [
                "A at WHS1: -3 available = 2 on hand - 5 reserved; made up of -3 that no movement accounts for",
                "A at WHS1: 3 short = 5 reserved - 2 on hand",
                "A at WHS1: 5 reserved = +4 by reserve (1 movement), 1 that no movement accounts for",
            ])
        #expect(
            self.sentences(Balance(), [:]) == [
                "A at WHS1: 0 available = 0 on hand - 0 reserved; made up of nothing: none ever moved"
            ])
    }

    @Test("reasons beyond the most that a sentence names are summed up, and still add up")
    func manyReasons() throws {
        let causes = (1...25).map { Cause(reason: "adjust.\($0)", units: Int64($0), count: 2) }
        let sentence = try #require(
            self.sentences(try Balance(onHand: 325, reserved: 0), [.available: causes]).first)
        #expect(sentence.hasSuffix("+6 by adjust.6 (2 movements), +15 by 5 other reasons (10 movements)"))
    }

    @Test("what channels may be told is what is available, less what is kept back and where nothing is sold")
    func sellable() {
        var places = locations("WHS1", "WHS2", "OFF", "FBA", "OLD", "NEG")
        places[location("WHS1")]?.safetyBuffer = count(2)
        places[location("WHS2")]?.safetyBuffer = count(9)
        places[location("OFF")]?.isActive = false
        places[location("FBA")]?.isMarketplaces = true
        places[location("OLD")]?.fedAt = noon.adding(seconds: -100)
        places[location("OLD")]?.staleAfterSeconds = 60
        places[location("OLD")]?.staleRule = .hide
        var settings = ItemSettings()
        settings.safetyBuffer = count(3)
        let stock = item(
            "A", settings: settings,
            [
                ("WHS1", onHand: 20, reserved: 1), ("WHS2", onHand: 4, reserved: 0), ("OFF", onHand: 5, reserved: 0),
                ("FBA", onHand: 7, reserved: 0), ("OLD", onHand: 8, reserved: 0), ("NEG", onHand: 0, reserved: 6),
            ])
        #expect(
            StockExplanation.sellable(stock, locations: places, now: noon)
                == "A: 14 sellable = 37 available - 7 at FBA (a marketplace's own) + 6 short at NEG - 5 at OFF (not active) "
                + "- 8 at OLD (stale) - 2 kept back at WHS1 - 4 kept back at WHS2 - 3 kept back of the SKU")
        settings.safetyBuffer = count(99)
        let kept = item("A", settings: settings, [("WHS1", onHand: 20, reserved: 0)])
        #expect(
            StockExplanation.sellable(kept, locations: places, now: noon)
                == "A: 0 sellable = 20 available - 2 kept back at WHS1 - 99 kept back of the SKU, but not below 0")
    }

    @Test("the sentence of random stock names terms that add up to what channels are told")
    func sums() throws {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            var places: [LocationID: Location] = [:]
            var levels: [(String, onHand: Int64, reserved: Int64)] = []
            for number in 0..<Int.random(in: 0...30, using: &random) {
                let name = "L\(number)"
                places[location(name)] = Location(
                    id: location(name), isMarketplaces: Int.random(in: 0..<5, using: &random) == 0,
                    isActive: Int.random(in: 0..<4, using: &random) > 0,
                    safetyBuffer: count(Int64.random(in: 0...5, using: &random)))
                levels.append(
                    (
                        name, onHand: Int64.random(in: 0...20, using: &random),
                        reserved: Int64.random(in: 0...8, using: &random)
                    ))
            }
            var settings = ItemSettings()
            settings.safetyBuffer = count(Int64.random(in: 0...9, using: &random))
            let stock = item("A", settings: settings, levels)
            let sentence = StockExplanation.sellable(stock, locations: places, now: noon)
            let words = sentence.split(separator: " ")
            var sum = try #require(words.count > 4 ? Int64(words[4]) : nil)
            for (index, word) in words.enumerated().dropFirst(5) where word == "+" || word == "-" {
                guard index + 1 < words.count, let units = Int64(words[index + 1]) else { continue }
                sum += word == "+" ? units : -units
            }
            let told = Availability.sellable(stock, locations: places, now: noon)
            try #require(max(0, sum) == told && words[1] == "\(told)", "\(seed): \(sentence)")
        }
    }

    @Test("a kit names what each component gives, and what limits it")
    func kit() throws {
        let components = [
            KitComponent(sku: sku("PAD"), quantity: quantity(2)), KitComponent(sku: sku("DISC"), quantity: quantity(1)),
        ]
        let told = try #require(
            StockExplanation.kit(sku("KIT"), components) { $0 == sku("PAD") ? 7 : 9 })
        #expect(told.sentence == "KIT: 3 kits = the least of 7 PAD / 2, 9 DISC / 1, in whole kits; limited by PAD")
        #expect(told.limiting == sku("PAD"))
        #expect(StockExplanation.kit(sku("KIT"), []) { _ in 1 } == nil)
    }
}
