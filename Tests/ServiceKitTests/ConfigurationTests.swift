import Configuration
import Foundation
import RPC
import Testing

@testable import ServiceKit

@Suite("A configuration is read from flags, environment, file and defaults, and refused as a whole")
struct ConfigurationTests {
    static let batch = Setting.integer("batch-rows", default: 256, in: 1...1_000, unit: "rows", "Rows of a batch.")
    static let isFast = Setting.boolean("fast", default: false, "Whether to hurry.")
    static let url = Setting.secret("postgres-url", "The database.")
    static let words = Setting.list("words", "Some words.")
    static let inventory = StandardSettings.address(of: "inventory")
    static let settings: [any AnySetting] = [batch, isFast, url, words, inventory]

    static func read(
        _ arguments: [String] = [], _ environment: [String: String] = [:]
    ) throws(ConfigurationError) -> ServiceConfiguration {
        try ServiceConfiguration(settings: self.settings, arguments: arguments, environment: environment)
    }

    static func problems(
        _ arguments: [String] = [], _ environment: [String: String] = [:]
    ) -> [ConfigurationProblem] {
        do throws(ConfigurationError) {
            _ = try self.read(arguments, environment)
            return []
        } catch {
            return error.problems
        }
    }

    /// A file with a text, for the length of `body`.
    static func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
        let file = FileManager.default.temporaryDirectory.appending(path: "driveline-\(UUID().uuidString)")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try body(file.path)
    }

    @Test("Flags win over the environment, that over the file, and that over the default")
    func precedence() throws {
        #expect(try Self.read()[Self.batch] == 256)
        try Self.withFile(#"{"batch": {"rows": 1}, "fast": true, "words": ["a", "b"]}"#) { path in
            let file = try Self.read(["--config", path])
            #expect(file[Self.batch] == 1 && file[Self.isFast] && file[Self.words] == ["a", "b"])
            #expect(file.origin(of: Self.batch) == "\(path): batch-rows")
            let environment = ["DRIVELINE_CONFIG": path, "DRIVELINE_BATCH_ROWS": "2", "HOME": "x"]
            #expect(try Self.read([], environment)[Self.batch] == 2)
            let flags = try Self.read(["--batch-rows=3", "--fast", "false"], environment)
            #expect(flags[Self.batch] == 3 && !flags[Self.isFast])
            #expect(flags.origin(of: Self.batch) == "--batch-rows")
            #expect(flags.reader.int(forKey: "batch.rows") == 3)
            #expect(flags.reader.stringArray(forKey: "words") == ["a", "b"])
        }
    }

    @Test("All that is wrong is said at once, with the place, the reason and the nearest name")
    func allProblems() throws {
        try Self.withFile(#"{"batch-rowz": 1, "words": {"deep": null}}"#) { path in
            let problems = Self.problems(
                ["--batch-rows", "0", "--fsat", "--config", path, "hush", "--postgres-url"],
                ["DRIVELINE_FASTT": "1", "DRIVELINE_INVENTORY_ADDRESS": "nowhere"])
            let text = problems.map(\.description).joined(separator: "\n")
            #expect(text.contains("--batch-rows: \"0\" is not valid; give a whole number from 1 to 1000 (rows)"))
            #expect(text.contains("--fsat: there is no such setting; did you mean --fast?"))
            #expect(text.contains("DRIVELINE_FASTT: there is no such setting; did you mean DRIVELINE_FAST?"))
            #expect(text.contains("\(path): batch-rowz: there is no such setting; did you mean batch-rows?"))
            #expect(text.contains("words-deep"))
            #expect(text.contains("DRIVELINE_INVENTORY_ADDRESS: \"nowhere\" is not valid; give HOST:PORT"))
            #expect(text.contains("--postgres-url: has no value"))
            // What stands alone may be a secret whose flag was forgotten.
            #expect(!text.contains("hush"))
            #expect(problems.count == 8)
        }
    }

    @Test("A secret is never shown, and may come from a file")
    func secrets() throws {
        try Self.withFile("postgres://u:p@h/d\n") { path in
            let configuration = try Self.read([], ["DRIVELINE_POSTGRES_URL_FILE": path])
            #expect(configuration[Self.url] == "postgres://u:p@h/d")
            #expect(configuration.listing.contains("postgres-url = ***  (DRIVELINE_POSTGRES_URL_FILE)"))
            #expect(!configuration.listing.contains("u:p"))
            #expect(!"\(configuration.reader)".contains("u:p"))
            let twice = Self.problems([], ["DRIVELINE_POSTGRES_URL_FILE": path, "DRIVELINE_POSTGRES_URL": "u:p"])
            #expect(twice.map(\.reason) == ["postgres-url is given twice"])
            #expect(!twice.description.contains("u:p"))
            let flag = try Self.read(["--postgres-url", "flag"], ["DRIVELINE_POSTGRES_URL_FILE": path])
            #expect(flag[Self.url] == "flag")
        }
        #expect(Self.problems(["--postgres-url-file", "/nowhere"]).first?.reason == "the file /nowhere does not exist")
        #expect(Self.problems(["--postgres-url="]).first?.reason == "the value is not valid")
    }

    @Test("A file that is missing, empty, too large or not an object is named", arguments: ["", "[]", "{", "7"])
    func badFiles(_ text: String) throws {
        try Self.withFile(text) { path in
            #expect(Self.problems(["--config", path]).map(\.subject) == [path])
        }
        #expect(Self.problems(["--config", "/nowhere"]).first?.reason == "does not exist")
        try Self.withFile(String(repeating: " ", count: SettingSource.maximumFileBytes + 1)) { path in
            #expect(Self.problems(["--config", path]).first?.reason.hasPrefix("is larger than") == true)
        }
    }

    @Test("Addresses are lists or DNS names, with IPv6 in brackets")
    func addresses() throws {
        let one = RPCTarget.Address(host: "h", port: 1)
        #expect(RPCTarget(settingText: "h:1") == .list([one]))
        #expect(RPCTarget(settingText: "h:1,[::1]:2") == .list([one, .init(host: "::1", port: 2)]))
        #expect(RPCTarget(settingText: "dns:h:1") == .dns(one))
        for wrong in ["", "h", "h:", ":1", "h:0", "h:65536", "h:1,", "::1:2", "a b:1", "dns:"] {
            #expect(RPCTarget(settingText: wrong) == nil)
        }
    }

    @Test("Any bytes on the command line and in the environment are refused or read, never a crash")
    func anyBytes() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let parts = ["--", "-", "=", "batch-rows", "fast", "words", "\u{0}", "9", "é", ",", "postgres-url-file"]
            let arguments = (0..<4).map { _ in
                (0..<3).compactMap { _ in parts.randomElement(using: &generator) }.joined()
            }
            _ = Self.problems(arguments, ["DRIVELINE_" + arguments[0]: arguments[1]])
        }
    }

    @Test("The help names every setting with its flag, variable and default")
    func help() {
        let settings = DrivelineService.settings(Self.settings)
        let help = ServiceConfiguration.help("sample", settings.map(\.declaration))
        for declaration in settings.map(\.declaration) {
            #expect(help.contains("  \(declaration.flag), \(declaration.environmentVariable)\n"))
            #expect(help.contains(declaration.summary))
        }
        #expect(help.contains("a whole number from 1 to 1000 (rows); default 256"))
        #expect(Self.url.declaration.environmentVariables == ["DRIVELINE_POSTGRES_URL", "DRIVELINE_POSTGRES_URL_FILE"])
    }
}
