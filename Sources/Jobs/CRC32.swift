/// The checksum of gzip and PNG. Source: RFC 1952, section 8.
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
    }

    /// - Parameter checksum: That of the bytes before; 0 at the beginning.
    static func checksum(of bytes: [UInt8], after checksum: UInt32 = 0) -> UInt32 {
        ~bytes.reduce(~checksum) { value, byte in Self.table[Int((value ^ UInt32(byte)) & 0xff)] ^ value >> 8 }
    }
}
