import Redis

/// The keys that redis-benchmark uses too: `key:` and a number of twelve digits.
struct Keys {
    static let byteCount = 16
    static let valueBytes = 96

    let count: Int
    private var state: UInt64

    init(count: Int, seed: UInt64) {
        self.count = count
        self.state = seed
    }

    /// The number of a random key.
    mutating func next() -> Int {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ (value >> 31)) % UInt64(self.count))
    }

    /// Writes a key into an argument of ``byteCount`` bytes.
    static func write(_ number: Int, to output: UnsafeMutableRawBufferPointer) {
        output.copyBytes(from: "key:".utf8)
        var rest = number
        for position in stride(from: Self.byteCount - 1, to: 3, by: -1) {
            output[position] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    static func bytes(_ number: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
            Self.write(number, to: UnsafeMutableRawBufferPointer(buffer))
            count = Self.byteCount
        }
    }
}
