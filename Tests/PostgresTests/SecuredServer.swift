import DrivelineTesting
import Foundation
import LocalServers
import Postgres

/// A server of the tests' own that takes TCP on a loopback port with TLS, and asks for a password.
struct SecuredServer: Sendable {
    static let password = "geheim-7f3a"
    static let shared = AsyncOnce { try await SecuredServer() }

    let server: LocalPostgres
    let folder: URL
    let port: UInt16

    private init() async throws {
        self.folder = FileManager.default.temporaryDirectory.appending(
            path: "driveline-tls-\(UInt32.random(in: .min ... .max))")
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        try Self.makeCertificates(in: self.folder)
        let folder = self.folder.path
        self.port = try Self.freePort()
        var configuration = LocalPostgres.Configuration.testing(settings: [
            "ssl": "on", "ssl_cert_file": "\(folder)/server.pem", "ssl_key_file": "\(folder)/server.key",
            "hba_file": "\(folder)/hba.conf",
        ])
        configuration.port = Int(self.port)
        self.server = LocalPostgres(configuration, logger: .silent)
        try await self.server.start()
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        let pool = try PostgresPool(PostgresConfiguration(url: self.server.url()), on: reactor)
        try await pool.runScript("create role secured login password '\(Self.password)'")
        await pool.shutDown()
    }

    func path(_ file: String) -> String { self.folder.appending(path: file).path }

    /// A URL with everything but what is left out.
    func url(
        host: String = "localhost", password: String = Self.password, mode: String = "verify-full",
        authority: String = "authority.pem"
    ) -> String {
        "postgresql://secured:\(password)@\(host):\(self.port)/postgres?hostaddr=127.0.0.1&sslmode=\(mode)"
            + "&sslrootcert=\(self.path(authority))"
    }

    /// Two authorities, and the certificate that the first one gave to the server at localhost.
    private static func makeCertificates(in folder: URL) throws {
        let script = """
            new="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
            openssl req -x509 $new -keyout authority.key -out authority.pem -subj /CN=authority
            openssl req -x509 $new -keyout stranger.key -out stranger.pem -subj /CN=stranger
            openssl req $new -keyout server.key -out server.csr -subj /CN=localhost
            echo subjectAltName=DNS:localhost > server.ext
            openssl x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial -out server.pem \\
                -days 2 -extfile server.ext
            printf '%s\\n' 'local all postgres trust' 'hostssl all all 127.0.0.1/32 scram-sha-256' > hba.conf
            chmod 600 server.key
            chmod 755 .
            [ "$(id -u)" != 0 ] || chown postgres server.key
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-ec", script]
        process.currentDirectoryURL = folder
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
    }

    static func freePort() throws -> UInt16 {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) == 0 && getsockname(listener, address, &size) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
        return UInt16(bigEndian: address.sin_port)
    }
}

/// Something that tests share, made by the first that asks.
actor AsyncOnce<Value: Sendable> {
    private let make: @Sendable () async throws -> Value
    private var task: Task<Value, any Error>?

    init(_ make: @escaping @Sendable () async throws -> Value) { self.make = make }

    func get() async throws -> Value {
        let task = self.task ?? Task { try await self.make() }
        self.task = task
        return try await task.value
    }
}
