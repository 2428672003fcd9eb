internal import Glibc

/// What a command reads from and writes to; tests put their own in its place.
struct Terminal: Sendable {
    /// The terminal of the current task.
    @TaskLocal static var current = Terminal()

    /// Takes what a command answers.
    var write: @Sendable ([UInt8]) -> Void = { Terminal.write($0, to: STDOUT_FILENO) }
    /// Takes a line that says what went wrong.
    var complain: @Sendable (String) -> Void = { Terminal.write(Array("\($0)\n".utf8), to: STDERR_FILENO) }
    /// All that stands at the input.
    var readInput: @Sendable () throws -> [UInt8] = { try Terminal.readAll(from: STDIN_FILENO, "standard input") }
    /// The next line of the input; `nil` at its end.
    var readLine: @Sendable () -> String? = { Swift.readLine() }
    /// Whether what is written stands on a screen for people.
    var isScreen: @Sendable () -> Bool = { isatty(STDOUT_FILENO) == 1 }
    /// Whether complaints stand on a screen for people.
    var showsProgress: @Sendable () -> Bool = { isatty(STDERR_FILENO) == 1 }
    /// Takes a piece of a line that is written over as the work goes on.
    var showProgress: @Sendable (String) -> Void = { Terminal.write(Array($0.utf8), to: STDERR_FILENO) }
    /// A variable of the environment.
    var environment: @Sendable (_ name: String) -> String? = { name in getenv(name).map { String(cString: $0) } }

    /// Whether colours are shown: on a screen that knows them, unless somebody has set `NO_COLOR`.
    var isColourful: Bool {
        self.isScreen() && (self.environment("NO_COLOR") ?? "").isEmpty && self.environment("TERM") != "dumb"
    }

    /// Writes a line of text.
    func print(_ line: String) { self.write(Array("\(line)\n".utf8)) }
}

extension Terminal {
    /// What a file or standard input may hold: more than any message.
    static let maximumInputBytes = 67_108_864

    /// The bytes of a file.
    static func readFile(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CommandError("cannot read \(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        return try self.readAll(from: descriptor, path)
    }

    private static func readAll(from descriptor: Int32, _ name: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw CommandError("cannot read \(name): \(String(cString: strerror(errno)))") }
            bytes += buffer.prefix(count)
            guard bytes.count <= Self.maximumInputBytes else {
                throw CommandError("\(name) exceeds \(Self.maximumInputBytes) bytes")
            }
        }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            // Whoever read our output has gone; there is nobody left to tell.
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
