/// Random numbers for the ids of a transaction's events: unique, not secret.
///
/// Each number of the system's own generator is a system call, a third of a microsecond; one of them is the seed here.
/// Source: Sebastiano Vigna, SplitMix64.
struct EventIDGenerator: RandomNumberGenerator {
    private var state: UInt64

    init() {
        var generator = SystemRandomNumberGenerator()
        self.state = generator.next()
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var number = self.state
        number = (number ^ (number >> 30)) &* 0xbf58_476d_1ce4_e5b9
        number = (number ^ (number >> 27)) &* 0x94d0_49bb_1331_11eb
        return number ^ (number >> 31)
    }
}
