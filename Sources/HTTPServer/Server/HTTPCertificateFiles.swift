public import NIOCore

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
}
