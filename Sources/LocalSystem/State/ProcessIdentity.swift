internal import Foundation

/// One process, and no other that has its number later: the kernel uses numbers again.
public struct ProcessIdentity: Codable, Hashable, Sendable {
    /// The process's number.
    public let processID: Int32
    /// When it started, in the kernel's ticks since the machine did.
    public let startTicks: UInt64
    /// Which start of the machine that was; after another one, no process of before is left.
    public let bootID: String

    /// Names a process by what is known of it.
    public init(processID: Int32, startTicks: UInt64, bootID: String) {
        self.processID = processID
        self.startTicks = startTicks
        self.bootID = bootID
    }

    /// The process that has a number now; `nil` where none has, or it has ended and only waits to be collected.
    public init?(runningAs processID: Int32) {
        guard let status = Self.status(processID), !status.hasEnded else { return nil }
        self.init(processID: processID, startTicks: status.startTicks, bootID: Self.currentBootID)
    }

    /// This process.
    public static var current: ProcessIdentity? { ProcessIdentity(runningAs: getpid()) }

    /// Whether it still runs.
    public var isRunning: Bool { ProcessIdentity(runningAs: self.processID) == self }

    /// Sends a signal, unless the process has ended; answers whether it was sent.
    ///
    /// Between the look and the signal the number would have to come round again through all others, which takes
    /// thousands of new processes.
    @discardableResult
    public func send(_ signal: Int32) -> Bool { self.isRunning && kill(self.processID, signal) == 0 }

    /// The processes that it has started and that still run, and theirs in turn.
    public var descendants: [ProcessIdentity] {
        guard self.isRunning else { return [] }
        var children: [Int32: [Int32]] = [:]
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let number = Int32(name), let status = Self.status(number) else { continue }
            children[status.parent, default: []].append(number)
        }
        var found: [ProcessIdentity] = []
        var open = [self.processID]
        while let number = open.popLast() {
            for child in children.removeValue(forKey: number) ?? [] {
                open.append(child)
                if let identity = ProcessIdentity(runningAs: child) { found.append(identity) }
            }
        }
        return found
    }

    private static let currentBootID: String =
        ((try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? "").filter {
            !$0.isWhitespace
        }

    /// What `/proc/PID/stat` says. The second field, the name in parentheses, can hold anything, so fields are counted
    /// from behind its last parenthesis.
    private static func status(_ processID: Int32) -> (hasEnded: Bool, parent: Int32, startTicks: UInt64)? {
        guard processID > 0, let text = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        // State is the third field of all and the first here; the start is the 22nd.
        guard fields.count > 19, let parent = Int32(fields[1]), let startTicks = UInt64(fields[19]) else { return nil }
        return (fields[0] == "Z" || fields[0] == "X", parent, startTicks)
    }
}
