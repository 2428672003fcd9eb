internal import Foundation

/// The user that a server runs as, when the process that starts it is root.
public struct ServerUser: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// Its number.
    public var userID: UInt32
    /// The number of its group.
    public var groupID: UInt32

    /// The user to run a server as: the first of `names` that exists, or `nobody`; `nil` when this process is not root,
    /// since it then may only run it as itself.
    ///
    /// PostgreSQL refuses to run as root, and no other server needs it.
    public static func unprivileged(preferring names: [String]) throws(LocalServerError) -> Self? {
        guard geteuid() == 0 else { return nil }
        for name in names + ["nobody"] {
            if let user = Self(named: name) { return user }
        }
        throw LocalServerError(
            .missingProgram, "no unprivileged user to run a server as",
            advice: "run as another user than root, or make one with `adduser --system \(names.first ?? "nobody")`")
    }

    private init?(named name: String) {
        // `getpwnam` answers in memory that threads share.
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        let size = 16_384
        let status = withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer in
            buffer.baseAddress.map { getpwnam_r(name, &entry, $0, size, &found) } ?? EINVAL
        }
        guard status == 0, found != nil, entry.pw_uid != 0 else { return nil }
        self.name = name
        self.userID = entry.pw_uid
        self.groupID = entry.pw_gid
    }

    /// The words before a command that make it run as this user and in its group only.
    ///
    /// `posix_spawn` cannot change the user, and `runuser` would stay between as a process of its own.
    var prefix: [String] {
        ["/usr/bin/setpriv", "--reuid=\(self.userID)", "--regid=\(self.groupID)", "--clear-groups"]
    }
}
