internal import Glibc
internal import Synchronization

/// Where log lines go: a file descriptor that may be a file, a terminal, a pipe or a socket.
///
/// A line is one `write(2)`, or one for each 4,096 bytes where the descriptor is a pipe or a socket. A reader that has
/// stopped reading costs the process lines, never its progress: what cannot be written within
/// ``maximumWaitMilliseconds`` is dropped and counted, and until a line gets through again nothing waits at all.
public final class LogOutput: Sendable {
    /// How long a line may wait for a reader that is behind.
    public static let maximumWaitMilliseconds: Int32 = 10
    /// What a pipe that reports room takes without blocking (PIPE_BUF).
    private static let maximumPieceBytes = 4_096

    private struct State {
        var isBehind = false
        /// Whether part of a line was written, so that the next one must begin on a line of its own.
        var isTorn = false
    }

    private let descriptor: Int32
    private let isFile: Bool
    private let state = Mutex(State())
    private let dropped = Atomic<UInt64>(0)

    /// Output to a file descriptor, which stays the caller's to close.
    public init(descriptor: Int32) {
        self.descriptor = descriptor
        var status = stat()
        self.isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// The standard error output.
    public static let standardError = LogOutput(descriptor: STDERR_FILENO)

    /// The lines that could not be written since the process began.
    public var droppedLines: UInt64 { self.dropped.load(ordering: .relaxed) }

    /// Whether a person reads along and the environment does not forbid colours (https://no-color.org).
    public var isColourful: Bool {
        guard self.isTerminal else { return false }
        return getenv("NO_COLOR").map { $0.pointee == 0 } ?? true
    }

    /// Whether the output is a terminal.
    public var isTerminal: Bool { isatty(self.descriptor) == 1 }

    /// Writes a line, which must end with a line feed, or drops it.
    func write(_ line: [UInt8]) {
        let isWritten = self.state.withLock { state in
            let isWritten = self.write(state.isTorn ? [UInt8(ascii: "\n")] + line : line, &state)
            state.isBehind = !isWritten
            return isWritten
        }
        if !isWritten { self.dropped.add(1, ordering: .relaxed) }
    }

    private func write(_ line: [UInt8], _ state: inout State) -> Bool {
        var offset = 0
        while offset < line.count {
            guard self.isWritable(waitMilliseconds: state.isBehind ? 0 : Self.maximumWaitMilliseconds) else { break }
            let size = self.isFile ? line.count - offset : min(line.count - offset, Self.maximumPieceBytes)
            let count = line[offset..<(offset + size)].withUnsafeBytes {
                Glibc.write(self.descriptor, $0.baseAddress, $0.count)
            }
            if count > 0 { offset += count } else if count == 0 || errno != EINTR { break }
        }
        if offset > 0 { state.isTorn = offset < line.count }
        return offset == line.count
    }

    private func isWritable(waitMilliseconds: Int32) -> Bool {
        guard !self.isFile else { return true }
        var entry = pollfd(fd: self.descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&entry, 1, waitMilliseconds) == 1 else { return false }
        return entry.revents & Int16(POLLOUT) != 0
    }
}
