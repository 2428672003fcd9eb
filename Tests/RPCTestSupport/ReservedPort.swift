internal import Glibc
package import RPC

/// A port of this host on which nobody listens, and that no other test is given meanwhile; a server of this test may listen on it.
package final class ReservedPort: Sendable {
    package let number: Int
    private let descriptor: Int32

    package init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var (isReusable, length): (Int32, socklen_t) = (1, socklen_t(MemoryLayout<sockaddr_in>.size))
        // Whoever is bound but does not listen leaves the port to others that may reuse it.
        let isBound = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isReusable, socklen_t(MemoryLayout<Int32>.size)) == 0
                    && bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
            }
        }
        self.descriptor = descriptor
        self.number = Int(UInt16(bigEndian: address.sin_port))
        guard isBound else { throw CannotReserve() }
    }

    deinit { close(self.descriptor) }

    package var address: RPCTarget.Address { RPCTarget.Address(host: "127.0.0.1", port: self.number) }

    private struct CannotReserve: Error {}
}
