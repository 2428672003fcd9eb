/// Makes the numbers of traces and requests: all different, but nobody's secret.
///
/// The system's own generator is a system call for each number. This one asks it once, for the 256 bits that it begins
/// with. Source: xoshiro256** by David Blackman and Sebastiano Vigna, "Scrambled Linear Pseudorandom Number Generators".
public struct IDGenerator: RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// A generator that begins where no other does.
    public init() {
        var system = SystemRandomNumberGenerator()
        // All zero is the one state that never changes.
        self.init(state: (system.next() | 1, system.next(), system.next(), system.next()))
    }

    /// - Precondition: Not all of `state` is zero.
    init(state: (UInt64, UInt64, UInt64, UInt64)) { self.state = state }

    /// The next number.
    public mutating func next() -> UInt64 {
        let result = Self.rotated(self.state.1 &* 5, 7) &* 9
        let shifted = self.state.1 << 17
        self.state.2 ^= self.state.0
        self.state.3 ^= self.state.1
        self.state.1 ^= self.state.2
        self.state.0 ^= self.state.3
        self.state.2 ^= shifted
        self.state.3 = Self.rotated(self.state.3, 45)
        return result
    }

    private static func rotated(_ value: UInt64, _ count: UInt64) -> UInt64 { value << count | value >> (64 - count) }
}
