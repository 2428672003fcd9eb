internal import Foundation

/// Texts that were given for settings in one place, before anyone looks at what they mean.
struct SettingSource {
    /// The bytes of a configuration file or a secret's file beyond which it is refused.
    static let maximumFileBytes = 1_048_576

    /// A text, and how to call the place in a message.
    struct Entry {
        let name: String
        let text: String
        let subject: String
    }

    /// What was asked for instead of a run.
    enum Request: String {
        case help
        case version
        case printConfiguration = "print-configuration"
    }

    var entries: [Entry] = []
    var problems: [ConfigurationProblem] = []

    /// The environment variables with the prefix of the project.
    init(environment: [String: String]) {
        for (variable, text) in environment.sorted(by: { $0.key < $1.key })
        where variable.hasPrefix(SettingDeclaration.environmentPrefix) {
            let name = variable.dropFirst(SettingDeclaration.environmentPrefix.count).lowercased()
            let entry = Entry(name: name.replacing("_", with: "-"), text: text, subject: variable)
            self.entries.append(entry)
        }
    }

    /// A JSON file: an object of texts, numbers, booleans and lists; nested objects join their keys with a dash.
    init(file path: String) {
        do {
            let object = try JSONSerialization.jsonObject(with: Self.content(of: path))
            guard let object = object as? [String: Any] else {
                self.problems.append(.init(path, "is not a JSON object", "write {\"KEY\": VALUE, …}"))
                return
            }
            self.add(object, path, prefix: "")
        } catch let error as UnreadableFile {
            self.problems.append(.init(path, error.reason, "give another file with --config"))
        } catch {
            self.problems.append(.init(path, "is not JSON", "check it, for example with python3 -m json.tool"))
        }
    }

    private mutating func add(_ object: [String: Any], _ path: String, prefix: String) {
        for (key, value) in object.sorted(by: { $0.key < $1.key }) {
            let name = prefix + key
            let subject = "\(path): \(name)"
            if let nested = value as? [String: Any] {
                self.add(nested, path, prefix: name + "-")
            } else if let text = Self.text(of: value) {
                self.entries.append(Entry(name: name, text: text, subject: subject))
            } else {
                self.problems.append(
                    .init(subject, "is neither a text, a number, a boolean nor a list of these", "change its value"))
            }
        }
    }

    private static func text(of value: Any) -> String? {
        switch value {
        case let text as String: text
        case let number as NSNumber:
            // JSON's booleans are numbers to Foundation, of a type of their own.
            String(cString: number.objCType) == "c" ? String(number.boolValue) : number.stringValue
        case let list as [Any]:
            list.allSatisfy { $0 is String || $0 is NSNumber }
                ? list.compactMap { Self.text(of: $0) }.joined(separator: ",") : nil
        default: nil
        }
    }
}

// MARK: - Flags

extension SettingSource {
    /// What a command line says.
    struct CommandLine {
        var source = SettingSource(environment: [:])
        var request: Request?
        var migration: MigrateCommand.Action?
        var file: String?
    }

    /// Reads `migrate status` or `migrate up` if it comes first, then `--name value`, `--name=value` and, for booleans,
    /// `--name` alone.
    ///
    /// - Parameter declarations: The settings; booleans among them need no value.
    static func commandLine(_ arguments: [String], _ declarations: [SettingDeclaration]) -> CommandLine {
        let names = Set(declarations.flatMap(\.names) + ["config"])
        let booleans = Set(declarations.filter { $0.kind == .boolean }.map(\.name))
        var line = CommandLine()
        var rest = arguments[...]
        line.takeMigration(&rest)
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--"), argument != "--" else {
                // The argument itself is not shown: it may be a secret that was meant for the flag before it.
                line.source.problems.append(
                    .init(
                        "argument \(arguments.count - rest.count)", "is neither a flag nor a flag's value",
                        "write --NAME VALUE"))
                continue
            }
            let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            if let request = Request(rawValue: name), parts.count == 1 {
                line.request = line.request ?? request
            } else if parts.count == 2 {
                line.take(name, String(parts[1]))
            } else if booleans.contains(name), !["true", "false"].contains(rest.first) {
                line.take(name, "true")
            } else if let text = rest.first, !text.hasPrefix("--") {
                rest.removeFirst()
                line.take(name, text)
            } else if names.contains(name) {
                line.source.problems.append(.init("--" + name, "has no value", "write --\(name) VALUE"))
            } else {
                line.take(name, "")
            }
        }
        return line
    }
}

extension SettingSource.CommandLine {
    fileprivate mutating func takeMigration(_ rest: inout ArraySlice<String>) {
        guard rest.first == "migrate" else { return }
        rest.removeFirst()
        self.migration = rest.first.flatMap { MigrateCommand.Action(rawValue: $0) }
        guard self.migration == nil else {
            rest.removeFirst()
            return
        }
        if rest.first?.hasPrefix("--") == false { rest.removeFirst() }
        let actions = MigrateCommand.Action.allCases.map { "migrate \($0.rawValue)" }
        self.source.problems.append(
            .init("migrate", "must say what to do", "write " + actions.joined(separator: " or ")))
    }

    fileprivate mutating func take(_ name: String, _ text: String) {
        if name == "config" {
            self.file = text
        } else {
            self.source.entries.append(.init(name: name, text: text, subject: "--" + name))
        }
    }
}

// MARK: - Files

extension SettingSource {
    /// A file that cannot be used.
    struct UnreadableFile: Error {
        let reason: String
    }

    /// The content of a small file.
    static func content(of path: String) throws(UnreadableFile) -> Data {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw UnreadableFile(
                reason: FileManager.default.fileExists(atPath: path) ? "cannot be read" : "does not exist")
        }
        defer { try? handle.close() }
        let content: Data?
        do {
            content = try handle.read(upToCount: self.maximumFileBytes + 1)
        } catch {
            throw UnreadableFile(reason: "cannot be read")
        }
        guard let content, !content.isEmpty else { throw UnreadableFile(reason: "is empty") }
        guard content.count <= self.maximumFileBytes else {
            throw UnreadableFile(reason: "is larger than \(self.maximumFileBytes) bytes")
        }
        return content
    }

    /// The secret that a file holds: its text without the line feed at the end that editors leave.
    static func secret(in path: String) throws(UnreadableFile) -> String {
        guard let text = String(data: try self.content(of: path), encoding: .utf8) else {
            throw UnreadableFile(reason: "is not UTF-8")
        }
        let secret = text.hasSuffix("\n") ? String(text.dropLast()) : text
        guard !secret.isEmpty else { throw UnreadableFile(reason: "is empty") }
        return secret
    }
}
