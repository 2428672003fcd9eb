internal import NIOCore

/// What counts as one client where connections are limited by address: an IPv4 address, or the first 64 bits of an IPv6
/// address, since whoever has one of those has them all.
struct ClientAddress: Hashable, Sendable {
    private let bits: UInt64
    private let isIPv6: Bool

    /// `nil` for what is no address of the network.
    init?(_ address: SocketAddress?) {
        guard case .some(let address) = address, let bytes = Self.bytes(address) else { return nil }
        // An IPv4 address at a socket that takes both: ::ffff:0:0/96.
        let isMapped = bytes.count == 16 && bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] & bytes[11] == 0xFF
        self.isIPv6 = bytes.count == 16 && !isMapped
        self.bits = (isMapped ? bytes.suffix(4) : bytes.prefix(8)).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The bytes of the address, the first of them highest: behind family and port, and the flow label of IPv6 (Linux'
    /// `sockaddr_in` and `sockaddr_in6`).
    private static func bytes(_ address: SocketAddress) -> [UInt8]? {
        switch address {
        case .v4(let address): withUnsafeBytes(of: address.address) { Array($0[4..<8]) }
        case .v6(let address): withUnsafeBytes(of: address.address) { Array($0[8..<24]) }
        case .unixDomainSocket: nil
        }
    }
}
