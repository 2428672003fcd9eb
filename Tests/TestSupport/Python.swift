public import Foundation

/// Runs the project's Python scripts, which know another implementation of what is tested.
public enum Python {
    /// A script that failed.
    public struct Failure: Error, CustomStringConvertible {
        /// What it said.
        public var description: String
    }

    /// The folder of the project.
    public static let root = URL(filePath: #filePath).appending(path: "../../..").standardized

    /// Runs a script.
    ///
    /// - Parameters:
    ///   - script: Its path in the project.
    ///   - arguments: What is behind its name on the command line.
    ///   - input: The lines that it reads.
    ///   - environment: The name of the packages that it needs, as scripts/install-dependencies has it; where it has made
    ///     none of that name, the usual interpreter may have them, and the script says so where it has not.
    /// - Returns: The lines that it writes.
    public static func run(
        _ script: String, _ arguments: [String], input: [String] = [], environment: String? = nil
    ) throws -> [String] {
        // By file: the script may write before it has read everything, and neither side must wait for the other.
        let file = FileManager.default.temporaryDirectory.appending(path: "driveline-\(UUID().uuidString)")
        try Data(input.map { $0 + "\n" }.joined().utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = self.interpreter(environment)
        process.arguments = ["-B", self.root.appending(path: script).path] + arguments
        process.standardInput = try FileHandle(forReadingFrom: file)
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(script) \(arguments) ended with \(process.terminationStatus): \(text)")
        }
        // An empty line is an answer too; only what is behind the last line feed is none.
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    private static func interpreter(_ environment: String?) -> URL {
        if let environment {
            let made = self.root.appending(path: ".build/python-\(environment)/bin/python3")
            if FileManager.default.isExecutableFile(atPath: made.path) { return made }
        }
        return self.root.appending(path: "scripts/python")
    }
}

extension [UInt8] {
    /// The bytes in hexadecimal.
    public var hexadecimal: String {
        self.map { byte -> String in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }

    /// The bytes that hexadecimal digits stand for; `nil` for anything else.
    public init?(hexadecimal: String) {
        let digits = hexadecimal.compactMap { $0.hexDigitValue.map { UInt8($0) } }
        guard digits.count == hexadecimal.count, digits.count.isMultiple(of: 2) else { return nil }
        self = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
