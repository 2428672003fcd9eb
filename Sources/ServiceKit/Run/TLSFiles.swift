internal import Glibc
internal import NIOSSL

/// TLS from the files that the configuration names.
struct TLSFiles {
    let server: TLSConfiguration?
    let client: TLSConfiguration?

    /// - Throws: ``ConfigurationError`` with the setting whose file is missing or unusable.
    init(_ configuration: ServiceConfiguration) throws(ConfigurationError) {
        let certificate = configuration[StandardSettings.tlsCertificate]
        let key = configuration[StandardSettings.tlsKey]
        let authority = configuration[StandardSettings.tlsAuthority]
        var problems: [ConfigurationProblem] = []
        for (setting, path) in [
            (StandardSettings.tlsCertificate, certificate), (StandardSettings.tlsKey, key),
            (StandardSettings.tlsAuthority, authority),
        ] {
            guard let path, access(path, R_OK) != 0 else { continue }
            let reason = errno == ENOENT ? "does not exist" : "cannot be read"
            problems.append(
                .init(configuration.origin(of: setting), "the file \(path) \(reason)", "give a readable PEM file"))
        }
        if (certificate == nil) != (key == nil) {
            problems.append(
                .init(
                    "--tls-certificate", "a certificate and its key belong together",
                    "give both --tls-certificate and --tls-key"))
        }
        guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
        do {
            let own = try Self.own(certificate, key)
            self.server = own.map { Self.server($0, $1, authority) }
            self.client = authority.map { Self.client(own, $0) }
        } catch {
            throw ConfigurationError(problems: [
                .init("--tls-certificate", "the certificate or its key cannot be used (\(error))", "give PEM files")
            ])
        }
    }

    private typealias Own = ([NIOSSLCertificateSource], NIOSSLPrivateKeySource)

    private static func own(_ certificate: String?, _ key: String?) throws -> Own? {
        guard let certificate, let key else { return nil }
        let chain = try NIOSSLCertificate.fromPEMFile(certificate).map { NIOSSLCertificateSource.certificate($0) }
        return (chain, .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
    }

    private static func server(
        _ chain: [NIOSSLCertificateSource], _ key: NIOSSLPrivateKeySource, _ authority: String?
    ) -> TLSConfiguration {
        var tls = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: key)
        tls.minimumTLSVersion = .tlsv13
        if let authority {
            tls.trustRoots = .file(authority)
            // Callers have no host name to be held to; their names are looked at by the authenticator.
            tls.certificateVerification = .noHostnameVerification
        }
        return tls
    }

    private static func client(_ own: Own?, _ authority: String) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv13
        tls.trustRoots = .file(authority)
        if let own {
            tls.certificateChain = own.0
            tls.privateKey = own.1
        }
        return tls
    }
}
