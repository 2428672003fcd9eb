internal import Glibc
internal import NIOCore

/// Why a service cannot start or go on, said so that whoever runs it knows what to do.
public struct StartupError: Error, CustomStringConvertible {
    /// One line: what is wrong, and what to do.
    public let description: String
    /// The exit code, of those in `sysexits.h`.
    public let exitCode: Int32

    /// The configuration is wrong (EX_CONFIG).
    public static let configurationExitCode: Int32 = 78
    /// Something that is needed is not there (EX_UNAVAILABLE).
    public static let unavailableExitCode: Int32 = 69
    /// The operating system does not allow it (EX_NOPERM).
    public static let permissionExitCode: Int32 = 77
    /// A fault of the service's (EX_SOFTWARE).
    public static let softwareExitCode: Int32 = 70

    /// An error.
    public init(_ description: String, exitCode: Int32 = StartupError.unavailableExitCode) {
        self.description = description
        self.exitCode = exitCode
    }

    /// Why an address cannot be listened at.
    ///
    /// - Parameter prefix: What stands before `host` and `port` in the names of the settings.
    public init(listeningAt host: String, _ port: Int, _ error: any Error, prefix: String = "") {
        let place = "\(host):\(port)"
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE:
            self.init(
                "\(place) is in use; stop what listens there, or choose another port with --\(prefix)port")
        case EACCES, EPERM:
            self.init(
                "no permission to listen at \(place); choose a port of 1024 or more with --\(prefix)port",
                exitCode: Self.permissionExitCode)
        case EADDRNOTAVAIL:
            self.init("\(host) is not an address of this host; choose another with --\(prefix)host")
        default:
            self.init("cannot listen at \(place) (\(error)); check --\(prefix)host and --\(prefix)port")
        }
    }
}
