import Foundation
import Synchronization

/// Stands between a client and a server, and can cut a connection at a chosen moment: when the server has done what it
/// was asked, but before its answer arrives.
public final class CuttingProxy: Sendable {
    private let listener: Int32
    private let port: UInt16
    private let server: TestServer
    private let isArmed = Atomic<Bool>(false)
    /// How often all connections were dropped without a word.
    private let drops = Atomic<Int>(0)

    /// Listens on a free loopback port.
    public init(to server: TestServer) throws {
        self.server = server
        self.listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = self.listener
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, address, &size) == 0
            }
        }
        guard status else { throw POSIXError(.EADDRNOTAVAIL) }
        self.port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { self.accept() }
    }

    /// A URL of a database behind the proxy.
    public func url(database: String) -> String {
        "postgresql://postgres@127.0.0.1:\(self.port)/\(database)?sslmode=disable"
    }

    /// The next answer of the server on any connection is swallowed, and the connection cut.
    public func cutAtNextAnswer() { self.isArmed.store(true, ordering: .sequentiallyConsistent) }

    /// All connections that there are now stay open, but nothing passes them any more: as when a firewall forgets them.
    public func dropSilently() { self.drops.add(1, ordering: .sequentiallyConsistent) }

    /// Takes no more connections.
    public func stop() { shutdown(self.listener, Int32(SHUT_RDWR)) }

    private func accept() {
        while true {
            let client = Foundation.accept(self.listener, nil, nil)
            guard client >= 0 else { break }
            guard let server = try? self.server.connect() else {
                close(client)
                continue
            }
            Thread.detachNewThread { self.pump(client, server, isAnswer: false) }
            Thread.detachNewThread { self.pump(server, client, isAnswer: true) }
        }
        close(self.listener)
    }

    private func pump(_ source: Int32, _ target: Int32, isAnswer: Bool) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let drops = self.drops.load(ordering: .sequentiallyConsistent)
        while true {
            let count = read(source, &buffer, buffer.count)
            guard count > 0 else { break }
            if drops != self.drops.load(ordering: .sequentiallyConsistent) { continue }
            if isAnswer, self.isArmed.exchange(false, ordering: .sequentiallyConsistent) { break }
            guard send(target, buffer, count, Int32(MSG_NOSIGNAL)) == count else { break }
        }
        shutdown(source, Int32(SHUT_RDWR))
        shutdown(target, Int32(SHUT_RDWR))
    }
}
