internal import Foundation

/// One question over a server's Unix socket, to see whether it answers.
struct ServerProbe: Sendable {
    /// The longest path that the kernel takes, in bytes.
    static let maximumPathBytes = 107
    /// What is read of an answer at the most.
    private static let maximumAnswerBytes = 4_096

    var socketPath: String

    /// What a server said.
    enum Answer: Hashable, Sendable {
        /// It takes work.
        case ready
        /// It is there, and says that it does not yet.
        case notYet
        /// It does not answer.
        case none
    }

    /// Asks a PostgreSQL server for a session of its administrator.
    ///
    /// Only "cannot connect now" means that it is not ready, as for libpq's `PQping`: one that says it has no room for
    /// a session works.
    func askPostgres() -> Answer {
        var message: [UInt8] = [0, 0, 0, 0, 0, 3, 0, 0]
        message += Array("user\0postgres\0database\0postgres\0\0".utf8)
        message[3] = UInt8(message.count)
        guard let answer = self.ask(message), let kind = answer.first else { return .none }
        guard kind == UInt8(ascii: "E") else { return .ready }
        return String(decoding: answer, as: UTF8.self).contains("C57P03") ? .notYet : .ready
    }

    /// Sends Redis a PING. One that wants a password answers too.
    func askRedis() -> Answer {
        guard let answer = self.ask(Array("PING\r\n".utf8)) else { return .none }
        return String(decoding: answer, as: UTF8.self).hasPrefix("-LOADING") ? .notYet : .ready
    }

    /// Has Redis forget the keys of a database, and tells whether it did.
    ///
    /// In one step, as the answers to several would come in pieces: a script's result is one answer.
    func flushRedis(database: Int, password: String?) -> Bool {
        let login = password.map { "AUTH \($0)\r\n" } ?? ""
        let script = "EVAL \"redis.call('select', ARGV[1]) redis.call('flushdb') return 'emptied'\" 0 \(database)\r\n"
        guard let answer = self.ask(Array((login + script).utf8), until: "emptied\r\n") else { return false }
        return String(decoding: answer, as: UTF8.self).hasSuffix("emptied\r\n")
    }

    /// The beginning of the answer; `nil` where there is none within a second.
    ///
    /// - Parameter end: What the answer is read up to; empty for its first piece.
    private func ask(_ question: [UInt8], until end: String = "") -> [UInt8]? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        guard self.connect(descriptor),
            send(descriptor, question, question.count, Int32(MSG_NOSIGNAL)) == question.count
        else { return nil }
        var answer: [UInt8] = []
        while answer.count < Self.maximumAnswerBytes {
            var piece = [UInt8](repeating: 0, count: 512)
            let count = recv(descriptor, &piece, piece.count, 0)
            guard count > 0 else { break }
            answer += piece[..<count]
            if answer.suffix(end.utf8.count).elementsEqual(end.utf8) { break }
        }
        return answer.isEmpty ? nil : answer
    }

    private func connect(_ descriptor: Int32) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array(self.socketPath.utf8)
        guard path.count <= Self.maximumPathBytes else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Foundation.connect(descriptor, $0, size) == 0 }
        }
    }
}

extension ServerProbe {
    /// Waits until a server takes work.
    ///
    /// - Throws: ``LocalServerError`` where it ends before or needs longer than `limit`; it is ended then.
    func waitUntilReady(
        _ process: ChildProcess, named name: String, log: ServerLog, within limit: Duration,
        ask: @escaping @Sendable (Self) -> Answer
    ) async throws(LocalServerError) {
        let deadline = ContinuousClock.now + limit
        while true {
            let answer = try await onOwnThread { ask(self) }
            if answer == .ready, process.exitStatus == nil { return }
            if let exit = await process.exit(within: .milliseconds(20)) { throw log.error(of: name, exit) }
            guard ContinuousClock.now < deadline, !Task.isCancelled else {
                await process.end(SIGKILL, within: .seconds(1))
                throw LocalServerError(
                    .timedOut, "\(name) took no work within \(limit)",
                    advice: "see \(log.path); a longer limit may do on a busy machine")
            }
        }
    }

    /// Refuses a port that another process listens on.
    static func checkPort(_ port: Int?, of name: String) throws(LocalServerError) {
        guard let port else { return }
        let advice = "stop what listens there (`ss -ltnp sport = :\(port)` tells), or choose another port"
        guard let number = UInt16(exactly: port), number > 0 else {
            throw LocalServerError(.portInUse, "\(port) is no port", advice: "choose one from 1 to 65535")
        }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var reuse: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = number.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            throw LocalServerError(
                .portInUse, "port \(port) for \(name) cannot be used (\(LocalServerError.reason(errno)))",
                advice: advice)
        }
    }
}
