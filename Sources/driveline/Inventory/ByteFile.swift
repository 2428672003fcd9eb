internal import Glibc

/// A file that is read or written piece by piece; `-` is standard input or output.
final class ByteFile: Sendable {
    /// The bytes that are read at once: what one message of an upload holds.
    static let pieceBytes = 262_144

    private let path: String
    private let descriptor: Int32
    private let isOwned: Bool

    /// Opens a file to be read.
    static func reading(_ path: String) throws -> ByteFile {
        guard path != "-" else { return ByteFile(path, STDIN_FILENO, isOwned: false) }
        return try ByteFile(path, open(path, O_RDONLY | O_CLOEXEC), "read")
    }

    /// Makes a file, or empties the one there is.
    static func writing(_ path: String) throws -> ByteFile {
        guard path != "-" else { return ByteFile(path, STDOUT_FILENO, isOwned: false) }
        return try ByteFile(path, open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644), "write")
    }

    private init(_ path: String, _ descriptor: Int32, isOwned: Bool) {
        self.path = path
        self.descriptor = descriptor
        self.isOwned = isOwned
    }

    private convenience init(_ path: String, _ descriptor: Int32, _ what: String) throws {
        guard descriptor >= 0 else {
            throw CommandError("cannot \(what) \(path): \(String(cString: strerror(errno)))")
        }
        self.init(path, descriptor, isOwned: true)
    }

    deinit { if self.isOwned { close(self.descriptor) } }

    /// The next piece; nil at the end.
    func read() throws -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: Self.pieceBytes)
        while true {
            let count = Glibc.read(self.descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw CommandError("cannot read \(self.path): \(String(cString: strerror(errno)))")
            }
            return count == 0 ? nil : Array(buffer.prefix(count))
        }
    }

    /// Writes a piece.
    func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(self.descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw CommandError("cannot write \(self.path): \(String(cString: strerror(errno)))")
            }
            rest = rest.dropFirst(count)
        }
    }
}
