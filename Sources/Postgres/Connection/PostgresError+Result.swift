internal import CPostgres

extension PostgresError {
    /// What the server, or libpq in its stead, says of a failed command.
    init(result: OpaquePointer) {
        func field(_ code: Character) -> String? {
            guard let ascii = code.asciiValue, let text = PQresultErrorField(result, Int32(ascii)) else { return nil }
            return String(cString: text)
        }
        // The letters are libpq's PG_DIAG_ constants.
        let message = field("M") ?? String(cString: PQresultErrorMessage(result)).trimmed
        if let code = field("C") {
            let sqlState = SQLState(code)
            self.init(.server, message, retry: sqlState.retry)
            self.sqlState = sqlState
        } else {
            self.init(.connectionLost, message, retry: .safe)
        }
        self.detail = field("D")
        self.hint = field("H")
        self.constraint = field("n")
        self.table = field("t")
        self.column = field("c")
        self.position = field("P").flatMap { Int($0) }
    }
}
