internal import Glibc
internal import Logging
internal import NIOCore
internal import NIOSSL
internal import Synchronization

/// A server's certificate, which can be replaced while connections with the former are open.
final class CertificateStore: Sendable {
    /// What tells one state of a file from another.
    private struct FileState: Equatable {
        var inode: UInt
        var size: Int
        var seconds: Int
        var nanoseconds: Int

        /// `nil` where there is no such file at the moment.
        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            self.inode = UInt(status.st_ino)
            self.size = status.st_size
            self.seconds = status.st_mtim.tv_sec
            self.nanoseconds = status.st_mtim.tv_nsec
        }
    }

    private struct State {
        var context: NIOSSLContext
        var files: [FileState?]
    }

    private let paths: HTTPCertificateFiles
    private let state: Mutex<State>
    private let logger: Logger

    init(_ paths: HTTPCertificateFiles, _ logger: Logger) throws {
        self.paths = paths
        self.logger = logger
        let files = Self.states(paths)
        self.state = Mutex(State(context: try paths.context(), files: files))
    }

    /// What new connections use.
    var context: NIOSSLContext { self.state.withLock { $0.context } }

    /// Reads the files again; where they cannot be used, all stays as it is.
    func reload() throws {
        // Looked at before they are read, so that a change in between is seen the next time.
        let files = Self.states(self.paths)
        let context = try self.paths.context()
        self.state.withLock { $0 = State(context: context, files: files) }
    }

    /// Reads the files again whenever they have changed, until the task is cancelled.
    func watch() async {
        guard let interval = self.paths.checkInterval else { return }
        while (try? await Task.sleep(for: .nanoseconds(interval.nanoseconds))) != nil { self.reloadIfChanged() }
    }

    private func reloadIfChanged() {
        let files = Self.states(self.paths)
        guard self.state.withLock({ $0.files != files }) else { return }
        do {
            try self.reload()
            self.logger.notice("the certificate was read again", metadata: ["path": "\(self.paths.certificatePath)"])
        } catch {
            // A certificate and its key are two files: in between they do not fit, and the next look finds them.
            self.logger.error("the new certificate cannot be used, the former stays: \(error)")
        }
    }

    private static func states(_ paths: HTTPCertificateFiles) -> [FileState?] {
        [FileState(paths.certificatePath), FileState(paths.keyPath)]
    }
}

extension HTTPCertificateFiles {
    /// Reads the files.
    ///
    /// - Throws: A `NIOSSLError` or an `IOError` where they cannot be used.
    fileprivate func context() throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMFile(self.certificatePath)
        let key = try NIOSSLPrivateKey(file: self.keyPath, format: .pem)
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        // The clients are of all kinds and ages: 1.2 is what every one of them has.
        tls.minimumTLSVersion = .tlsv12
        tls.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: tls)
    }
}
