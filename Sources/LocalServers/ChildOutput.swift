internal import Foundation
internal import Synchronization

extension ChildProcess {
    /// The two ends of a child's output.
    struct Output {
        /// What this process reads from; -1 where the output goes elsewhere.
        var ours: Int32 = -1
        /// What the child writes to; `nil` for nowhere.
        var theirs: Int32?

        init(_ output: Command.Output) throws(LocalServerError) {
            switch output {
            case .discarded: break
            case .file(let path):
                let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
                guard descriptor >= 0 else {
                    throw LocalServerError(
                        .noPermission, "\(path) cannot be written (\(LocalServerError.reason(errno)))",
                        advice: "choose a folder that user \(geteuid()) may write to")
                }
                self.theirs = descriptor
            case .lines:
                let ends = try SocketPair()
                self.ours = ends.ours
                self.theirs = ends.theirs
            }
        }

        func closeTheirs() {
            if let theirs { close(theirs) }
        }
    }
}

/// Cuts bytes that arrive in pieces into lines.
struct LineSplitter {
    private let maximumBytes: Int
    private var rest: [UInt8] = []

    init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

    mutating func append(_ bytes: some Sequence<UInt8>, _ take: (String) -> Void) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                self.flush(take)
            } else {
                self.rest.append(byte)
                if self.rest.count == self.maximumBytes { self.flush(take) }
            }
        }
    }

    /// What stands after the last line's end is a line too.
    mutating func end(_ take: (String) -> Void) {
        if !self.rest.isEmpty { self.flush(take) }
    }

    private mutating func flush(_ take: (String) -> Void) {
        take(String(decoding: self.rest, as: UTF8.self))
        self.rest.removeAll(keepingCapacity: true)
    }
}

extension ChildProcess {
    /// Runs a command to its end, and tells its exit and the last lines that it wrote, whatever
    /// ``Command/output`` says.
    ///
    /// - Parameter limit: How long it may take; then it is killed.
    static func run(
        _ command: Command, within limit: Duration
    ) async throws(LocalServerError) -> (exit: Exit, output: [String]) {
        let lines = LastLines()
        var command = command
        command.output = .lines { lines.append($0) }
        let process = try ChildProcess(command)
        var exit = await process.exit(within: limit)
        if exit == nil { exit = await process.end(SIGKILL, within: .seconds(1)) }
        // A grandchild may hold the output open for ever.
        await process.lastLine(within: .seconds(1))
        return (exit ?? .signal(SIGKILL), lines.all)
    }
}

/// The last lines that were written.
private final class LastLines: Sendable {
    private static let maximumCount = 50
    private let lines = Mutex<[String]>([])

    var all: [String] { self.lines.withLock { $0 } }

    func append(_ line: String) {
        self.lines.withLock { lines in
            if lines.count == Self.maximumCount { lines.removeFirst() }
            lines.append(line)
        }
    }
}
