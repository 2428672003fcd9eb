internal import Foundation

/// The programs of one installed PostgreSQL.
struct PostgresInstallation: Hashable, Sendable {
    /// Older ones lack what the services use.
    static let minimumMajor = 15

    var folder: String
    var major: Int

    var server: String { "\(self.folder)/postgres" }
    var initializer: String { "\(self.folder)/initdb" }

    /// The newest installation, or the one that made a data folder.
    ///
    /// - Parameters:
    ///   - folders: Where to look; `nil` for Debian's `/usr/lib/postgresql/*/bin` and `PATH`.
    ///   - major: The major version of a data folder; `nil` for a new one.
    static func find(in folders: [String]?, dataMajor major: Int?) async throws(LocalServerError) -> Self {
        var all: [Self] = []
        for folder in folders ?? self.usualFolders() {
            if let installation = try await self.installation(in: folder) { all.append(installation) }
        }
        all.sort { $0.major > $1.major }
        guard let newest = all.first else {
            throw LocalServerError(
                .missingProgram, "PostgreSQL is not installed (no initdb and postgres in \(self.places(folders)))",
                advice: "`apt-get install postgresql`")
        }
        if let major {
            guard let same = all.first(where: { $0.major == major }) else {
                let installed = all.map { "\($0.major)" }.joined(separator: ", ")
                throw LocalServerError(
                    .wrongVersion, "the data folder is PostgreSQL \(major)'s, and installed is \(installed)",
                    advice: "`apt-get install postgresql-\(major)`, or choose a new folder and restore a dump into it")
            }
            return same
        }
        guard newest.major >= self.minimumMajor else {
            throw LocalServerError(
                .wrongVersion, "PostgreSQL \(newest.major) is installed",
                advice: "install PostgreSQL \(self.minimumMajor) or newer")
        }
        return newest
    }

    private static func places(_ folders: [String]?) -> String {
        folders?.joined(separator: ", ") ?? "/usr/lib/postgresql/*/bin, PATH"
    }

    private static func usualFolders() -> [String] {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        let fromPath = Programs.find("postgres").map { [String($0.dropLast("/postgres".count))] } ?? []
        return versions.map { "\(root)/\($0)/bin" } + fromPath
    }

    /// What stands in a folder; `nil` where that is not both programs.
    private static func installation(in folder: String) async throws(LocalServerError) -> Self? {
        guard access("\(folder)/postgres", X_OK) == 0, access("\(folder)/initdb", X_OK) == 0 else { return nil }
        // "postgres (PostgreSQL) 15.8 (Debian …)"
        let said = try await ChildProcess.run(
            ChildProcess.Command("\(folder)/postgres", ["--version"]), within: .seconds(30))
        let digits = said.output.first?.split(separator: ") ").dropFirst().first?.prefix { $0.isNumber }
        guard let major = digits.flatMap({ Int($0) }) else { return nil }
        return Self(folder: folder, major: major)
    }
}
