import Foundation
import NIOSSL

/// Certificates made for one run of the tests by the openssl command.
struct Certificates: Sendable {
    let directory: URL

    /// An authority with the certificate of a server at localhost, and of a client named service-a.
    static let shared = Result { try Certificates("authority") }
    /// Another authority with the same names.
    static let foreign = Result { try Certificates("stranger") }

    private init(_ name: String) throws {
        self.directory = FileManager.default.temporaryDirectory.appending(
            path: "driveline-\(name)-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: self.directory, withIntermediateDirectories: true)
        try self.run(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=\(name)"
        )
        try self.issue("server", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        try self.issue("client", "subjectAltName=DNS:service-a")
    }

    private func issue(_ name: String, _ extensions: String) throws {
        try Data(extensions.utf8).write(to: self.directory.appending(path: "\(name).ext"))
        try self.run(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout \(name).key -out \(name).csr -subj /CN=\(name)"
        )
        try self.run(
            "x509 -req -in \(name).csr -CA ca.pem -CAkey ca.key -CAcreateserial -out \(name).pem -days 2 -extfile \(name).ext"
        )
    }

    private func run(_ arguments: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = self.directory
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
    }

    private func path(_ file: String) -> String { self.directory.appending(path: file).path }

    /// What a server speaks; with `demandsCertificate`, clients must show one of this authority.
    func server(demandsCertificate: Bool = false) throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(self.path("server.pem")).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: self.path("server.key"), format: .pem)))
        tls.minimumTLSVersion = .tlsv13
        if demandsCertificate {
            tls.certificateVerification = .noHostnameVerification
            tls.trustRoots = .file(self.path("ca.pem"))
        }
        return tls
    }

    /// What a client speaks that trusts this authority.
    func client(showing certificate: Certificates? = nil) throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(self.path("ca.pem"))
        if let certificate {
            tls.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate.path("client.pem")).map {
                .certificate($0)
            }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: certificate.path("client.key"), format: .pem))
        }
        return tls
    }
}
