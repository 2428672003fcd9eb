public import NIOCore
internal import NIOSSL

/// The files of a server's certificate, which are read again when they have changed.
public struct HTTPCertificateFiles: Sendable, Hashable {
    /// The certificate and those that lead to its authority, in PEM.
    public var certificatePath: String
    /// The certificate's key, in PEM.
    public var keyPath: String
    /// How often the server looks whether the files have changed; `nil` for never.
    public var checkInterval: TimeAmount? = .seconds(60)

    /// The files.
    public init(certificatePath: String, keyPath: String) {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
    }

    /// Reads the files.
    ///
    /// - Throws: A `NIOSSLError` or an `IOError` where they cannot be used.
    func context() throws -> NIOSSLContext {
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
