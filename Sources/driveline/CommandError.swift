internal import ArgumentParser
internal import LocalSystem
internal import Postgres
internal import RPC
internal import RPCMessages
internal import WellKnownMessages

/// What keeps a command from doing its work, beside a failed call.
struct CommandError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Runs a command's work; a failure becomes one line of complaint and an exit code.
func reportingFailure(exitCode: Int32 = 1, _ work: () async throws -> Void) async throws {
    let line: String
    do {
        return try await work()
    } catch let error as RPCError {
        line = error.line
    } catch let error as CommandError {
        line = error.description
    } catch let error as SystemError {
        for line in error.lastLines { Terminal.current.complain("    \(line.oneLine)") }
        line = error.description
    } catch let error as PostgresError {
        line = "PostgreSQL: \(error)"
    }
    Terminal.current.complain("driveline: \(line.oneLine)")
    throw ExitCode(exitCode)
}

extension RPCError {
    /// Status, message and problem in one line.
    var line: String {
        var parts = ["\(self.code)"]
        if !self.message.isEmpty { parts.append(self.message) }
        return parts.joined(separator: ": ") + (self.problem.map { " (\($0.line))" } ?? "")
    }
}

extension Problem {
    /// All that the problem says, in one line.
    fileprivate var line: String {
        var parts = ["type \(self.type)", "reason \(self.reason)"]
        for field in self.fields {
            let expectation = field.expected.isEmpty ? "" : ", expected \(field.expected)"
            parts.append("field \(field.field): \(field.reason)\(expectation)")
        }
        if let retryAfter = self.retryAfter { parts.append("retry after \(retryAfter.seconds) s") }
        if let version = self.version { parts.append("version \(version)") }
        return parts.joined(separator: "; ")
    }
}

extension String {
    /// The text without line breaks and control characters, as a server may send anything.
    var oneLine: String {
        String(self.map { $0.isNewline || ($0.unicodeScalars.first?.value ?? 0) < 0x20 ? " " : $0 })
    }
}
