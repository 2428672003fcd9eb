import Foundation
import HTTPServer
import NIOSSL

/// Files of certificates, made by the openssl command, until the end of the object.
final class Certificates: Sendable {
    private let folder: URL

    init() throws {
        self.folder = FileManager.default.temporaryDirectory.appending(path: "http-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: self.folder) }

    var files: HTTPCertificateFiles {
        HTTPCertificateFiles(certificatePath: self.path("server.pem"), keyPath: self.path("server.key"))
    }

    private func path(_ name: String) -> String { self.folder.appending(path: name).path }

    /// Puts a new certificate, which has signed itself, in the place of the former.
    func renew() throws -> NIOSSLCertificate {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
            + " -keyout server.key -out server.pem").split(separator: " ").map(String.init)
        process.currentDirectoryURL = self.folder
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
        guard let certificate = try NIOSSLCertificate.fromPEMFile(self.path("server.pem")).first else {
            throw CocoaError(.fileReadCorruptFile)
        }
        return certificate
    }

    /// Puts something in the certificate's place that is none.
    func spoil() throws { try Data("no certificate".utf8).write(to: self.folder.appending(path: "server.pem")) }
}
