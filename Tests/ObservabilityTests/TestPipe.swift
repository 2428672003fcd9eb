import Glibc

/// A pipe whose reading end does not block.
final class TestPipe {
    struct CannotOpen: Error {}

    private var readEnd: Int32
    let writeEnd: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw CannotOpen() }
        self.readEnd = ends[0]
        self.writeEnd = ends[1]
        _ = fcntl(self.readEnd, F_SETFL, O_NONBLOCK)
    }

    deinit {
        self.closeReadEnd()
        close(self.writeEnd)
    }

    func closeReadEnd() {
        guard self.readEnd >= 0 else { return }
        close(self.readEnd)
        self.readEnd = -1
    }

    /// All that is in the pipe now.
    func read() -> [UInt8] {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(self.readEnd, &block, block.count)
            guard count > 0 else { return bytes }
            bytes += block[..<count]
        }
    }
}

/// A small generator with a seed, so that a failure can be repeated (SplitMix64).
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var word = self.state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
