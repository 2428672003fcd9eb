internal import Migrations
internal import Postgres

extension StartupError {
    /// Why a database cannot be used, and what to do.
    init(_ database: ServiceDatabase, _ error: PostgresError) {
        let flag = database.url.declaration.flag
        let message = error.message
        switch (error.code, error.sqlState) {
        case (.configuration, _):
            self.init("\(flag): \(message); give \(Self.form)", exitCode: Self.configurationExitCode)
        case (.cannotConnect, SQLState("3D000")?):
            self.init("\(message); create it with createdb, or give another with \(flag)")
        case (.cannotConnect, let state?) where state.classCode == "28":
            self.init("\(message); check the user and the password in \(flag), and the server's pg_hba.conf")
        case (.cannotConnect, SQLState.tooManyConnections?):
            self.init(
                "\(message); raise the server's max_connections, or lower \(database.connections.declaration.flag)")
        case (.cannotConnect, let state):
            // libpq says where it tried; a server that starts or stops says that itself.
            let remedy = state == nil ? "start it, or give another with \(flag)" : "try again when it is ready"
            self.init("the database \(database.name) cannot be reached: \(message); \(remedy)")
        default:
            self.init("the database \(database.name) does not answer: \(error)")
        }
    }

    /// Why a database's migrations were not applied, and what to do.
    init(_ database: ServiceDatabase, _ error: MigrationError) {
        switch error.code {
        case .database:
            guard let cause = error.cause else { fallthrough }
            self.init(database, cause)
        case .busy, .cancelled:
            self.init("the database \(database.name): \(error)")
        default:
            self.init("the database \(database.name): \(error)", exitCode: Self.softwareExitCode)
        }
    }

    private static let form = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
}
