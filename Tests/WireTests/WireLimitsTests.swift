import Testing
import Wire

@Suite("Limits")
struct WireLimitsTests {
    @Test("The defaults are those of the documentation")
    func defaults() {
        let limits = WireLimits()
        #expect(limits.maximumFrameBytes == 131_072)
        #expect(limits.maximumMessageBytes == 4_194_304)
        #expect(limits.maximumStreams == 4_096)
        #expect(limits.initialCreditBytes == 262_144)
        #expect(limits.maximumCancelsPerSecond == 10_000)
        #expect(limits.maximumPingsPerSecond == 10)
        #expect(limits.maximumQueuedBytes == 16_777_216)
        #expect(WireLimits.maximumCallers == 4_096)
        #expect(WireLimits.maximumMetadataPairs == 64)
        #expect(WireLimits.maximumStreamID == 0x7FFF_FFFF)
        #expect(WireLimits.maximumCredit == 0x7FFF_FFFF)
    }

    @Test("Zeros in HELLO stand for the defaults")
    func zeros() {
        let limits = PeerLimits()
        #expect(limits.maximumFrameBytes == 131_072)
        #expect(limits.maximumMessageBytes == 4_194_304)
        #expect(limits.maximumStreams == 4_096)
        #expect(limits.initialCreditBytes == 262_144)
    }

    @Test("What HELLO says holds")
    func announced() {
        let limits = PeerLimits(
            maximumFrameBytes: 200_000, maximumMessageBytes: 100, maximumStreams: 1, initialCreditBytes: 300_000)
        #expect(limits.maximumFrameBytes == 200_000)
        #expect(limits.maximumMessageBytes == 100)
        #expect(limits.maximumStreams == 1)
        #expect(limits.initialCreditBytes == 300_000)
    }

    @Test("What cannot be is taken as the most that can")
    func excess() {
        let limits = PeerLimits(
            maximumFrameBytes: .max, maximumMessageBytes: .max, maximumStreams: .max, initialCreditBytes: .max)
        #expect(limits.maximumFrameBytes == 16_777_215)
        #expect(limits.maximumMessageBytes == .max)
        #expect(limits.initialCreditBytes == 0x7FFF_FFFF)
    }

    // A peer may not know a smaller limit before it has broken it.
    @Test("Less than the default stands for the default where all sides accept that", arguments: [1, 1_024, 131_071])
    func less(bytes: UInt32) {
        let limits = PeerLimits(maximumFrameBytes: bytes, initialCreditBytes: bytes)
        #expect(limits.maximumFrameBytes == 131_072)
        #expect(limits.initialCreditBytes == 262_144)
    }
}
