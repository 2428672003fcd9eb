internal import LocalServers
public import Postgres
internal import Synchronization

/// What databases of tests hold from the start: made once per process and server, and copied in milliseconds.
public struct DatabaseTemplate: Sendable {
    /// What is in it, in a few letters, for the names of databases.
    public let name: String
    /// Tells apart templates of one place whose content differs.
    public let checksum: String
    /// Where it is written down: two that are called the same are filled by different code.
    let place: String
    let fill: @Sendable (PostgresPool) async throws -> Void

    /// A template.
    ///
    /// - Parameters:
    ///   - name: What is in it.
    ///   - checksum: The same for the same content only: that of a set of migrations, or the SQL itself.
    ///   - file: Where it is written down.
    ///   - line: Of that.
    ///   - fill: Makes the content in an empty database. It must close the connections that it opens itself, as a
    ///     database with sessions cannot be copied.
    public init(
        _ name: String, checksum: String, file: String = #fileID, line: Int = #line,
        fill: @escaping @Sendable (PostgresPool) async throws -> Void
    ) {
        self.name = name
        self.checksum = checksum
        self.place = "\(file):\(line)"
        self.fill = fill
    }

    /// What a script makes.
    public static func script(_ text: String) -> Self {
        Self("script", checksum: text) { try await $0.runScript(text) }
    }
}

/// The templates that exist, by server.
///
/// Those of servers that are gone stay in the table: a test process has few.
final class TemplateDatabases: Sendable {
    static let shared = TemplateDatabases()

    private struct Key: Hashable {
        var folder: String
        var name: String
        var checksum: String
        var place: String
    }
    private let made = Mutex<[Key: Task<String, any Error>]>([:])

    /// The name of a database with the template's content, which is made when it is first asked for.
    func name(of template: DatabaseTemplate, on server: LocalPostgres) async throws -> String {
        let key = Key(
            folder: server.folder, name: template.name, checksum: template.checksum, place: template.place)
        let task = self.made.withLock { made in
            if let task = made[key] { return task }
            // Not the asking task's: others wait for it too.
            let task = Task { try await Self.make(template, on: server) }
            made[key] = task
            return task
        }
        return try await task.value
    }

    private static func make(_ template: DatabaseTemplate, on server: LocalPostgres) async throws -> String {
        let letters = template.name.lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }.prefix(20)
        let name = "template_\(letters)_\(UInt32.random(in: .min ... .max))"
        try await withPool(to: server.url()) { try await $0.runScript("create database \(name)") }
        try await withPool(to: server.url(database: name)) { try await template.fill($0) }
        return name
    }
}

/// A pool for the length of `body`.
func withPool<Value>(
    to url: String, _ body: (PostgresPool) async throws -> Value
) async throws -> Value {
    let reactor = try PostgresReactor()
    defer { reactor.stop() }
    let pool = try PostgresPool(PostgresConfiguration(url: url), on: reactor)
    return try await withEnd {
        try await body(pool)
    } end: {
        await pool.shutDown(graceMilliseconds: 1_000)
    }
}
