import Events
import Testing

@testable import InventoryService

@Suite("How many SKUs a step of an import takes") struct ImportStepSizeTests {
    @Test("as many as there is room for, where each gives one event or none")
    func plain() {
        var size = ImportStepSize()
        #expect(size.skus == 998)
        size.adapt(skus: 998, events: 998)
        #expect(size.skus == 998)
        size.adapt(skus: 998, events: 0)
        #expect(size.skus == 998)
        size.adapt(skus: 3, events: 1)
        #expect(size.skus == 998)
    }

    @Test("fewer where each gives several, and more again behind that")
    func dense() {
        var size = ImportStepSize()
        size.adapt(skus: 499, events: 998)
        #expect(size.skus == 499)
        size.adapt(skus: 499, events: 998)
        #expect(size.skus == 499)
        size.adapt(skus: 499, events: 499)
        #expect(size.skus == 998)
    }

    @Test("never more than it was told")
    func told() {
        var size = ImportStepSize(maximum: 5)
        #expect(size.skus == 5)
        size.adapt(skus: 5, events: 0)
        #expect(size.skus == 5)
        size.adapt(skus: 5, events: 998)
        #expect(size.skus == 5)
        size.adapt(skus: 5, events: 2_495)
        #expect(size.skus == 2)
    }

    @Test("one at least, however many events it gives")
    func least() {
        var size = ImportStepSize()
        size.adapt(skus: 0, events: 998)
        #expect(size.skus == 1)
        size.adapt(skus: 1, events: 1_000)
        #expect(size.skus == 1)
        size.adapt(skus: 1, events: 1)
        #expect(size.skus == 998)
    }
}
