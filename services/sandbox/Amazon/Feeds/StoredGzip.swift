/// GZIP (RFC 1952) whose blocks hold their bytes as they are: what reads it cannot tell it from any other.
enum StoredGzip {
    private static let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]
    private static let maximumBlock = 65_535

    static func isGzip(_ bytes: [UInt8]) -> Bool { bytes.starts(with: self.header.prefix(2)) }

    static func compressed(_ bytes: [UInt8]) -> [UInt8] {
        var result = self.header
        var start = 0
        repeat {
            let end = min(bytes.count, start + self.maximumBlock)
            let count = UInt16(end - start)
            result.append(end == bytes.count ? 1 : 0)
            result += self.littleEndian(count) + self.littleEndian(~count)
            result += bytes[start..<end]
            start = end
        } while start < bytes.count
        return result + self.littleEndian(self.checksum(bytes))
            + self.littleEndian(UInt32(truncatingIfNeeded: bytes.count))
    }

    private static func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> Number($0 * 8)) }
    }

    /// CRC-32.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var sum = ~UInt32(0)
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 {
                let carries = sum & 1 == 1
                sum >>= 1
                if carries { sum ^= 0xEDB8_8320 }
            }
        }
        return ~sum
    }
}
