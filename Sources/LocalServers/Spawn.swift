internal import CSpawn
internal import Glibc

/// Two connected sockets that no child inherits by accident.
struct SocketPair {
    var ours: Int32
    var theirs: Int32

    init() throws(LocalServerError) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw LocalServerError(
                .cannotSpawn, "no socket can be opened (\(LocalServerError.reason(errno)))",
                advice: "raise the limit of open files (`ulimit -n`)")
        }
        self.ours = ends[0]
        self.theirs = ends[1]
    }
}

/// `posix_spawn` with what every child of ours needs.
///
/// swift-subprocess was the other choice. Its `run` ends the child with the closure it is given, while a server here
/// lives from a `start` to a `stop` that other tasks call, and its life must be made safe by a keeper in any case.
enum Spawn {
    /// Starts a program in a process group or session of its own, with no descriptor but 0 to 2, no signal blocked and
    /// none ignored: a service that ignores SIGTERM in order to read it by `signalfd` would hand that on.
    ///
    /// - Parameters:
    ///   - arguments: The program's path first.
    ///   - input: Its standard input; `nil` for none.
    ///   - output: Its standard output and error; `nil` for none.
    ///   - environment: `NAME=value`; `nil` for this process's.
    ///   - folder: Its working folder; `nil` for this process's.
    static func start(
        _ arguments: [String], input: Int32?, output: Int32?, environment: [String]? = nil, folder: String? = nil,
        ownSession: Bool = false
    ) throws(LocalServerError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let folder { posix_spawn_file_actions_addchdir_np(&actions, folder) }
        for (descriptor, source) in [(Int32(0), input), (1, output), (2, output)] {
            if let source {
                posix_spawn_file_actions_adddup2(&actions, source, descriptor)
            } else {
                posix_spawn_file_actions_addopen(
                    &actions, descriptor, "/dev/null", descriptor == 0 ? O_RDONLY : O_WRONLY, 0)
            }
        }
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let group = ownSession ? cspawn_setsid : Int32(POSIX_SPAWN_SETPGROUP)
        posix_spawnattr_setflags(
            &attributes, Int16(group | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)))
        var process = pid_t()
        let program = arguments[0]
        let status = withStrings(arguments) { arguments in
            guard let environment else {
                return posix_spawn(&process, program, &actions, &attributes, arguments, environ)
            }
            return withStrings(environment) {
                posix_spawn(&process, program, &actions, &attributes, arguments, $0)
            }
        }
        guard status == 0 else {
            throw LocalServerError(
                .cannotSpawn, "\(program) cannot be started (\(LocalServerError.reason(status)))",
                advice: "see that its working folder \(folder ?? ".") exists and the machine has room for a process")
        }
        return process
    }

    /// C's form of a list of strings, as long as `body` runs.
    private static func withStrings(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Int32
    ) -> Int32 {
        let pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeBufferPointer { $0.baseAddress.map(body) ?? EINVAL }
    }
}
