internal import Glibc
internal import InventoryDomain
internal import NIOCore

/// Looks up where a host is, and whether feeds may be fetched from there.
enum HostAddress {
    /// One address of a host, as text. Blocks.
    ///
    /// All of its addresses must be allowed: which one is connected to is not for the host's owner to choose.
    ///
    /// - Throws: ``FeedFault`` where there is none, or one that is not of the open internet and must be.
    static func find(_ host: String, port: Int, allowsPrivate: Bool) throws(FeedFault) -> String {
        let found = Self.lookUp(host, port)
        guard let first = found.first else {
            throw FeedFault("host-unknown", "the name \(host) cannot be resolved", isRetryable: true)
        }
        guard allowsPrivate || found.allSatisfy({ PublicAddress.contains($0.bytes) }) else {
            throw FeedFault(
                "address-private",
                "\(host) is no host of the open internet; feeds are fetched from others only with feed-private-networks"
            )
        }
        // A host without a way to the internet of IPv6 is more common than one without a way to that of IPv4.
        return (found.first { $0.bytes.count == 4 } ?? first).text
    }

    private static func lookUp(_ host: String, _ port: Int) -> [(text: String, bytes: [UInt8])] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var head: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &head) == 0, let head else { return [] }
        defer { freeaddrinfo(head) }
        var found: [(text: String, bytes: [UInt8])] = []
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

    /// An address as text and as bytes; without bytes where they cannot be told, which no address of the internet is.
    private static func entry(
        _ address: SocketAddress, _ family: Int32, count: Int
    ) -> (text: String, bytes: [UInt8]) {
        let text = address.ipAddress ?? ""
        var bytes = [UInt8](repeating: 0, count: count)
        return (text, inet_pton(family, text, &bytes) == 1 ? bytes : [])
    }
}
