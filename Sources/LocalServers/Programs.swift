internal import Foundation

/// Where installed programs are.
enum Programs {
    /// The path of a program that is named by a path, or by a name that stands in `PATH`.
    static func path(of program: String) throws(LocalServerError) -> String {
        if program.contains("/") {
            guard access(program, X_OK) == 0 else {
                throw LocalServerError(
                    .missingProgram, "\(program) cannot be run (\(LocalServerError.reason(errno)))",
                    advice: "see that it exists and may be executed")
            }
            return program
        }
        guard let path = self.find(program) else {
            throw LocalServerError(
                .missingProgram, "\(program) is not installed", advice: "install it, or add its folder to PATH")
        }
        return path
    }

    /// The program's path by `PATH`; `nil` where it stands in none of its folders.
    static func find(_ name: String) -> String? {
        let folders = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        return folders.split(separator: ":").lazy.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }
}
