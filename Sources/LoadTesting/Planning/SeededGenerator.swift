/// Random numbers that a seed determines, so that a run can be repeated (SplitMix64: Steele, Lea and Flood, 2014).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    /// The numbers of one connection of a run.
    init(seed: UInt64, stream: Int) {
        self.state = seed
        // Streams begin far apart, not at neighbours of each other.
        self.state = self.next() ^ (UInt64(stream) &* 0xD1B5_4A32_D192_ED03)
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var word = self.state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
