public import Foundation
internal import Synchronization

/// A process that this one has started, in a process group of its own.
///
/// It ends when this process has died, in whatever way (see ``Command/lastSignal``). It inherits no descriptor, no
/// blocked and no ignored signal.
public final class ChildProcess: Sendable {
    /// What to start, and how.
    public struct Command: Sendable {
        /// Where the child's standard output and error go; its standard input is empty.
        public enum Output: Sendable {
            /// Nowhere.
            case discarded
            /// Appended to a file, which is made where there is none.
            case file(String)
            /// To a function, line by line without the line's end, on a thread of its own.
            ///
            /// A function that takes its time slows the child down, as a full pipe does. A line that is longer than
            /// ``ChildProcess/maximumLineBytes`` comes in pieces.
            case lines(@Sendable (String) -> Void)
        }

        /// The program: a path, or a name that is looked up in `PATH`.
        public var executable: String
        /// What it is told.
        public var arguments: [String]
        /// Its whole environment; by default this process's.
        public var environment: [String: String]
        /// Its working folder; `nil` for this process's.
        public var folder: String?
        /// The user it runs as; `nil` for this process's.
        public var user: ServerUser?
        /// Where its output goes.
        public var output: Output
        /// The signal that it gets when this process has died; ten seconds later it is killed.
        public var lastSignal: Int32

        /// A command with this process's environment, user and working folder.
        public init(_ executable: String, _ arguments: [String] = [], output: Output = .discarded) {
            self.executable = executable
            self.arguments = arguments
            self.environment = ProcessInfo.processInfo.environment
            self.output = output
            self.lastSignal = SIGTERM
        }
    }

    /// How a process ended.
    public enum Exit: Hashable, Sendable, CustomStringConvertible {
        /// It ended by itself with a status.
        case status(Int32)
        /// A signal ended it.
        case signal(Int32)

        /// Whether it ended by itself and says that all went well.
        public var isSuccess: Bool { self == .status(0) }

        /// For people.
        public var description: String {
            switch self {
            case .status(let status): "exit status \(status)"
            case .signal(let signal): "signal \(signal)"
            }
        }
    }

    /// The bytes of a line of output at the most.
    public static let maximumLineBytes = 65_536

    /// The process's number, and its group's. It may be another's once ``exitStatus`` is known.
    public let processID: pid_t
    private let exited = Once<Exit>()
    private let outputEnded = Once<Void>()
    /// Held while a signal is sent and while the process is collected, after which its number may be another's.
    private let isCollected = Mutex(false)

    /// Starts a process.
    ///
    /// The child first waits for a word of this process, which it gets when the keeper knows of it: so there is no
    /// moment at which it could be left behind.
    ///
    /// - Throws: ``LocalServerError`` where there is no such program, or the system cannot start it.
    public init(_ command: Command) throws(LocalServerError) {
        let keeper = try Keeper.shared.get()
        let program = try Programs.path(of: command.executable)
        let gate = try SocketPair()
        defer {
            close(gate.ours)
            close(gate.theirs)
        }
        let output = try Output(command.output)
        defer { output.closeTheirs() }
        let arguments = (command.user?.prefix ?? []) + [program] + command.arguments
        self.processID = try Spawn.start(
            ["/bin/sh", "-c", "read -r _ && exec \"$@\" </dev/null", "sh"] + arguments, input: gate.theirs,
            output: output.theirs, environment: command.environment.map { "\($0.key)=\($0.value)" },
            folder: command.folder)
        Thread.detachNewThread { self.collect(keeper) }
        if case .lines(let take) = command.output {
            Thread.detachNewThread { self.read(output.ours, take) }
        } else {
            self.outputEnded.set(())
        }
        try keeper.keep(process: self.processID, signal: command.lastSignal)
        // A child that has died already needs no word.
        _ = Foundation.send(gate.ours, "\n", 1, Int32(MSG_NOSIGNAL))
    }

    /// How it ended; `nil` while it runs.
    public var exitStatus: Exit? { self.exited.current }

    /// Waits for its end; `nil` where the calling task is cancelled first, which does not end the process.
    public func exit() async -> Exit? { await self.exited.value() }

    /// Waits for its end as long as `limit`; `nil` where it does not come, or the task is cancelled.
    public func exit(within limit: Duration) async -> Exit? { await self.exited.value(within: limit) }

    /// Waits until nobody can write to its output any more and the last line was taken; returns at once where the
    /// output goes elsewhere.
    public func lastLine(within limit: Duration) async { _ = await self.outputEnded.value(within: limit) }

    /// Sends a signal; does nothing when the process has ended.
    public func signal(_ signal: Int32) { self.send(signal, to: self.processID) }

    /// Sends a signal to the process and those of its descendants that stayed in its group.
    public func signalGroup(_ signal: Int32) { self.send(signal, to: -self.processID) }

    /// Asks it to end, and kills it and its group when it has not after `limit`.
    ///
    /// A cancelled task does not shorten this.
    @discardableResult
    public func end(_ signal: Int32 = SIGTERM, within limit: Duration) async -> Exit {
        await Task {
            self.signal(signal)
            self.signal(SIGCONT)
            if let exit = await self.exit(within: limit) { return exit }
            self.signalGroup(SIGKILL)
            return await self.exit() ?? .signal(SIGKILL)
        }.value
    }

    private func send(_ signal: Int32, to target: pid_t) {
        self.isCollected.withLock { isCollected in
            if !isCollected { _ = kill(target, signal) }
        }
    }

    private func collect(_ keeper: Keeper) {
        var information = siginfo_t()
        while waitid(P_PID, id_t(self.processID), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        keeper.forget(process: self.processID)
        var status: Int32 = 0
        self.isCollected.withLock { isCollected in
            while waitpid(self.processID, &status, 0) == -1, errno == EINTR {}
            isCollected = true
        }
        // The layout of the status is the kernel's; the C library only has macros for it.
        let signal = status & 0x7f
        self.exited.set(signal == 0 ? .status((status >> 8) & 0xff) : .signal(signal))
    }

    private func read(_ descriptor: Int32, _ take: (String) -> Void) {
        defer {
            close(descriptor)
            self.outputEnded.set(())
        }
        var lines = LineSplitter(maximumBytes: Self.maximumLineBytes)
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Foundation.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            lines.append(buffer[..<count], take)
        }
        lines.end(take)
    }
}
