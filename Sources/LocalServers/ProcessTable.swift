internal import Foundation

/// What the kernel tells of the machine's processes, by `/proc`.
enum ProcessTable {
    struct Entry {
        var process: pid_t
        var parent: pid_t
        var name: String
        var isZombie: Bool
    }

    /// A process; `nil` where there is none.
    static func entry(_ process: pid_t) -> Entry? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return nil }
        // The name may hold anything, brackets and spaces too, and ends at the last bracket.
        guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 1, let parent = pid_t(fields[1]) else { return nil }
        return Entry(
            process: process, parent: parent, name: String(text[text.index(after: open)..<close]),
            isZombie: fields[0] == "Z" || fields[0] == "X")
    }

    /// Whether a process exists that can still do something.
    ///
    /// A zombie cannot: in a container whose first process collects none they stay for long.
    static func isAlive(_ process: pid_t) -> Bool { self.entry(process).map { !$0.isZombie } ?? false }

    /// The processes that can still do something.
    static func alive() -> [Entry] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0).flatMap { self.entry($0) } }.filter { !$0.isZombie }
    }

    static func children(of process: pid_t) -> [pid_t] {
        self.alive().filter { $0.parent == process }.map(\.process)
    }

    /// What a process was started with; a server may have written its title over it.
    static func commandLine(_ process: pid_t) -> String {
        guard let bytes = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") else { return "" }
        return String(decoding: bytes.map { $0 == 0 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
    }

    /// A process's working folder; `nil` where this process may not know.
    static func folder(of process: pid_t) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/cwd")
    }
}
