/// Tells addresses of the open internet from those of networks that only insiders reach.
public enum PublicAddress {
    /// Whether an address is one of the open internet.
    ///
    /// Source: the IANA registries of special-purpose addresses, for IPv4 and IPv6.
    ///
    /// - Parameter bytes: 4 of IPv4 or 16 of IPv6, in network order; false for anything else.
    public static func contains(_ bytes: [UInt8]) -> Bool {
        switch bytes.count {
        case 4: !Self.reserved4.contains { Self.matches(bytes, $0.prefix, bits: $0.bits) }
        case 16: Self.contains16(bytes)
        default: false
        }
    }

    private static func contains16(_ bytes: [UInt8]) -> Bool {
        // Addresses that stand for one of IPv4: mapped ones, and those of translators and tunnels.
        if Self.matches(bytes, Self.mapped, bits: 96) || Self.matches(bytes, Self.translated, bits: 96) {
            return Self.contains(Array(bytes[12...]))
        }
        if Self.matches(bytes, [0x20, 0x02], bits: 16) { return Self.contains(Array(bytes[2..<6])) }
        // All that is assigned for general use lies in 2000::/3; the rest of it that is not follows.
        return Self.matches(bytes, [0x20], bits: 3)
            && !Self.reserved6.contains { Self.matches(bytes, $0.prefix, bits: $0.bits) }
    }

    private static let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
    private static let translated: [UInt8] = [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]

    private static let reserved4: [(prefix: [UInt8], bits: Int)] = [
        ([0], 8), ([10], 8), ([100, 64], 10), ([127], 8), ([169, 254], 16), ([172, 16], 12), ([192, 0, 0], 24),
        ([192, 0, 2], 24), ([192, 88, 99], 24), ([192, 168], 16), ([198, 18], 15), ([198, 51, 100], 24),
        ([203, 0, 113], 24), ([224], 3),
    ]

    private static let reserved6: [(prefix: [UInt8], bits: Int)] = [
        ([0x20, 0x01, 0x00], 23), ([0x20, 0x01, 0x0D, 0xB8], 32), ([0x3F, 0xFF, 0x00], 20),
    ]

    private static func matches(_ bytes: [UInt8], _ prefix: [UInt8], bits: Int) -> Bool {
        (0..<bits).allSatisfy { bit in
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            return bytes[bit / 8] & mask == prefix[bit / 8] & mask
        }
    }
}
