import TestSupport

/// Random texts and choices of a seed that is printed.
struct SeededRandom {
    var generator: SeededGenerator

    static func make(_ test: String = #function) -> SeededRandom {
        SeededRandom(generator: SeededGenerator(seed: testSeed(test)))
    }

    mutating func text(of letters: String, upTo count: Int) -> String {
        let length = Int.random(in: 0...count, using: &self.generator)
        return String((0..<length).compactMap { _ in letters.randomElement(using: &self.generator) })
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self.generator) }

    mutating func choice<Element>(_ elements: [Element]) -> Element? { elements.randomElement(using: &self.generator) }
}
