import Foundation

/// A disk of a few mebibytes in memory, which a database can fill. Needs root.
struct SmallDisk {
    let folder = "/tmp/driveline-disk-\(UInt32.random(in: .min ... .max))"
    private var ballast: String { "\(self.folder)/ballast" }

    init(mebibytes: Int) throws {
        try self.run(
            "mkdir \(self.folder) && mount -t tmpfs -o size=\(mebibytes)m,mode=700,uid=$(id -u postgres) tmpfs \(self.folder)"
        )
    }

    /// Takes all the room there is. A tablespace's folder is the database's, and what else lies in it does not disturb.
    func fill() throws { try self.run("cat /dev/zero > \(self.ballast) 2>/dev/null || true") }
    func empty() throws { try self.run("rm \(self.ballast)") }
    func remove() { try? self.run("umount --lazy \(self.folder); rmdir \(self.folder)") }

    private func run(_ command: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
    }
}
