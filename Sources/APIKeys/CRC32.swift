/// The checksum of Ethernet and gzip, with the reversed polynomial 0xEDB88320. Source: RFC 1952, section 8.
///
/// It finds slips of typing and copying: every single wrong character, and all but one in four billion other changes.
/// It proves nothing about who made the text.
enum CRC32 {
    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var checksum: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            checksum ^= UInt32(byte)
            for _ in 0..<8 { checksum = checksum & 1 == 1 ? checksum >> 1 ^ 0xEDB8_8320 : checksum >> 1 }
        }
        return ~checksum
    }
}
