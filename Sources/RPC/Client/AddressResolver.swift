internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import RPCMessages
internal import Wire

/// Looks up the addresses of a target.
enum AddressResolver {
    /// The addresses that are used of one DNS name.
    static let maximumAddresses = 64

    /// The addresses of a target, in no order.
    ///
    /// - Throws: ``RPCError`` UNAVAILABLE where the name cannot be resolved.
    static func addresses(of target: RPCTarget) async throws(RPCError) -> [SocketAddress] {
        switch target {
        case .list(let addresses):
            var resolved: [SocketAddress] = []
            var failure = RPCError(.unavailable, "the list of servers is empty")
            for address in addresses {
                do throws(RPCError) {
                    resolved.append(try await self.resolve(address, all: false)[0])
                } catch {
                    failure = error
                }
            }
            // A name that cannot be resolved does not keep the client from the other servers.
            guard !resolved.isEmpty else { throw failure }
            return resolved
        case .dns(let address):
            return try await self.resolve(address, all: true)
        case .unixSocket(let path):
            guard let address = try? SocketAddress(unixDomainSocketPath: path) else {
                throw RPCError(
                    .unavailable, "\(path) is too long for the path of a Unix socket", type: "name-unresolved",
                    reason: .unavailable)
            }
            return [address]
        }
    }

    private static func resolve(_ address: RPCTarget.Address, all: Bool) async throws(RPCError) -> [SocketAddress] {
        if let numeric = try? SocketAddress(ipAddress: address.host, port: address.port) { return [numeric] }
        let found: [SocketAddress]
        do {
            // getaddrinfo blocks, so it must not run on an event loop.
            found = try await NIOThreadPool.singleton.runIfActive { self.lookUp(address) }
        } catch {
            found = []
        }
        guard let first = found.first else {
            throw RPCError(
                .unavailable, "the name \(address.host) cannot be resolved", type: "name-unresolved",
                reason: .unavailable)
        }
        return all ? Array(found.prefix(self.maximumAddresses)) : [first]
    }

    private static func lookUp(_ address: RPCTarget.Address) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var head: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(address.host, String(address.port), &hints, &head) == 0, let head else { return [] }
        defer { freeaddrinfo(head) }
        var found: [SocketAddress] = []
        for entry in sequence(first: head, next: { $0.pointee.ai_next }) {
            switch entry.pointee.ai_family {
            case AF_INET:
                entry.pointee.ai_addr.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    found.append(SocketAddress($0.pointee))
                }
            case AF_INET6:
                entry.pointee.ai_addr.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                    found.append(SocketAddress($0.pointee))
                }
            default: break
            }
        }
        return found
    }
}
