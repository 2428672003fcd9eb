internal import Foundation

/// A client of which there can be thousands: it sends some bytes, and does nothing more until it is closed.
///
/// It takes no memory but the kernel's.
package final class SilentClient: Sendable {
    private let descriptor: CInt

    /// Connects to a port of this host, and sends bytes.
    ///
    /// - Throws: A `POSIXError`.
    package init(_ port: Int, _ bytes: [UInt8]) throws {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0, Glibc.send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL)) == bytes.count else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
    }

    deinit { Glibc.close(self.descriptor) }
}
