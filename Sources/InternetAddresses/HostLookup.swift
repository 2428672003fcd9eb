internal import Glibc
internal import NIOCore

/// An address of a host.
public struct InternetAddress: Hashable, Sendable {
    /// As people write it, without brackets.
    public let text: String
    /// 4 of IPv4 or 16 of IPv6, in network order; empty where it cannot be told, which no address of the internet is.
    public let bytes: [UInt8]

    /// Whether it is one of the open internet.
    public var isPublic: Bool { PublicAddress.contains(self.bytes) }
}

/// Looks up where hosts are.
public enum HostLookup {
    /// All addresses of a host, in the resolver's order; empty: the name cannot be resolved. Blocks.
    public static func addresses(of host: String, port: Int) -> [InternetAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var head: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &head) == 0, let head else { return [] }
        defer { freeaddrinfo(head) }
        var found: [InternetAddress] = []
        for entry in sequence(first: head, next: { $0.pointee.ai_next }) {
            switch entry.pointee.ai_family {
            case AF_INET:
                entry.pointee.ai_addr.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    found.append(Self.entry(SocketAddress($0.pointee), AF_INET, count: 4))
                }
            case AF_INET6:
                entry.pointee.ai_addr.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                    found.append(Self.entry(SocketAddress($0.pointee), AF_INET6, count: 16))
                }
            default: break
            }
        }
        return found
    }

    private static func entry(_ address: SocketAddress, _ family: Int32, count: Int) -> InternetAddress {
        let text = address.ipAddress ?? ""
        var bytes = [UInt8](repeating: 0, count: count)
        return InternetAddress(text: text, bytes: inet_pton(family, text, &bytes) == 1 ? bytes : [])
    }
}

extension Sequence<InternetAddress> {
    /// The one to connect to: of IPv4 if there is one, as a host without a way to the internet of IPv6 is more common than
    /// one without a way to that of IPv4.
    public var preferred: InternetAddress? {
        var first: InternetAddress?
        for address in self {
            if address.bytes.count == 4 { return address }
            first = first ?? address
        }
        return first
    }
}
