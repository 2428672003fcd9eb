internal import CPostgres

/// The rows that a statement gave.
///
/// They stand in one block as they came from the server, and are decoded where they are read. Cheap to copy.
public struct PostgresRows: Sendable, RandomAccessCollection {
    private let answer: Answer
    /// 0.
    public let startIndex = 0
    /// How many rows there are.
    public let endIndex: Int

    init(_ answer: Answer) {
        self.answer = answer
        self.endIndex = answer.rowCount
    }

    /// The row at a position, from 0 on.
    public subscript(index: Int) -> PostgresRow {
        precondition((0..<self.endIndex).contains(index), "row \(index) of \(self.endIndex)")
        return PostgresRow(answer: self.answer, index: Int32(index))
    }

    /// How many rows the statement changed, or gave.
    public var affected: Int { self.answer.affected }

    /// The names of the columns.
    public var columns: [String] { (0..<self.answer.columnCount).map { self.answer.name(of: $0) } }
}

/// One row of an answer.
public struct PostgresRow: Sendable {
    @usableFromInline let answer: Answer
    @usableFromInline let index: Int32

    /// Decodes the columns from left to right, as many as types are given.
    ///
    /// - Throws: ``PostgresError`` with code `decoding`, naming the column, its type, and what was wanted.
    /// Inlined where the types are known: without that the runtime looks them up for each row.
    @inlinable
    public func decode<each Value: PostgresDecodable>(
        _ types: repeat (each Value).Type
    ) throws(PostgresError) -> (repeat each Value) {
        var column: Int32 = -1
        func next<Wanted: PostgresDecodable>(_ type: Wanted.Type) throws(PostgresError) -> Wanted {
            column += 1
            return try self.decode(type, at: column)
        }
        return (repeat try next(each types))
    }

    /// Decodes the first column.
    @inlinable
    public func decode<Value: PostgresDecodable>(_ type: Value.Type) throws(PostgresError) -> Value {
        try self.decode(type, at: 0)
    }

    /// Decodes one column by its name.
    public func decode<Value: PostgresDecodable>(
        _ type: Value.Type = Value.self, column name: String
    ) throws(PostgresError) -> Value {
        for column in 0..<self.answer.columnCount where self.answer.name(of: column) == name {
            return try self.decode(type, at: column)
        }
        throw .unexpectedValue(column: name, reason: "there is no such column")
    }

    @inlinable
    func decode<Value: PostgresDecodable>(_ type: Value.Type, at column: Int32) throws(PostgresError) -> Value {
        guard column < self.answer.columnCount else { throw self.missing(column) }
        do throws(PostgresDecodingFailure) {
            return try Value.decode(self.answer.field(row: self.index, column: column))
        } catch {
            throw self.mismatch(column, "\(type)", error)
        }
    }

    @usableFromInline
    func missing(_ column: Int32) -> PostgresError {
        .unexpectedValue(
            column: "\(column + 1)", reason: "the answer has \(self.answer.columnCount) columns only")
    }

    @usableFromInline
    func mismatch(_ column: Int32, _ wanted: String, _ failure: PostgresDecodingFailure) -> PostgresError {
        .unexpectedValue(
            column: self.answer.name(of: column),
            reason: "a \(self.answer.type(of: column)) was to be decoded as \(wanted), but \(failure.reason)")
    }
}

/// Owns one of libpq's results.
///
/// `@unchecked`: libpq does not change a result once it has handed it out, and this is its only owner.
@usableFromInline
final class Answer: @unchecked Sendable {
    private let result: OpaquePointer

    init(_ result: OpaquePointer) { self.result = result }
    deinit { PQclear(self.result) }

    var rowCount: Int { Int(PQntuples(self.result)) }
    @usableFromInline
    var columnCount: Int32 { PQnfields(self.result) }
    var affected: Int { PQcmdTuples(self.result).flatMap { Int(String(cString: $0)) } ?? 0 }

    func name(of column: Int32) -> String { PQfname(self.result, column).map { String(cString: $0) } ?? "" }

    func type(of column: Int32) -> PostgresType { PostgresType(identifier: PQftype(self.result, column)) }

    /// nil for NULL. Points into this answer.
    @usableFromInline
    func field(row: Int32, column: Int32) -> PostgresField? {
        guard PQgetisnull(self.result, row, column) == 0 else { return nil }
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(self.result, row, column), count: Int(PQgetlength(self.result, row, column)))
        return PostgresField(type: self.type(of: column), bytes: bytes)
    }
}
