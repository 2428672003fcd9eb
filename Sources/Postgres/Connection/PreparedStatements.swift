/// What is prepared on one connection, and under which name.
///
/// A statement has one name for each combination of parameter types that it is run with; mostly that is one.
struct PreparedStatements {
    private struct Variant {
        var types: [UInt32]
        var name: Int
    }

    private var variants: [Int: [Variant]] = [:]
    private var failures: [Int: PostgresError] = [:]
    private var statements: [Int: Int] = [:]
    private var lastName = 0

    /// The name of a command's statement, and whether it is to be prepared first.
    mutating func name(for command: PostgresCommand) -> (name: Int, isNew: Bool) {
        let known = self.variants[command.statement.identifier]?.first { $0.types == command.types }
        if let known { return (known.name, false) }
        self.lastName += 1
        let variant = Variant(types: command.types, name: self.lastName)
        self.variants[command.statement.identifier, default: []].append(variant)
        self.statements[self.lastName] = command.statement.identifier
        return (self.lastName, true)
    }

    /// The server refused it: the next use prepares anew. Those that are under way fail since there is no such
    /// statement, and are told this error instead.
    mutating func failed(_ name: Int, _ error: PostgresError) {
        guard let statement = self.statements.removeValue(forKey: name) else { return }
        self.variants[statement]?.removeAll { $0.name == name }
        self.failures[statement] = error
    }

    mutating func prepared(_ name: Int) {
        if let statement = self.statements[name] { self.failures[statement] = nil }
    }

    /// Why a statement could not be prepared.
    func failure(of statement: PostgresStatement) -> PostgresError? { self.failures[statement.identifier] }
}
