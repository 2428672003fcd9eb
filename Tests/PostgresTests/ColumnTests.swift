import Postgres
import Testing

@Suite("A column that is sent once where all rows have the same") struct ColumnTests {
    @Test(
        "alike, it is one value; else each row's; and no row has none",
        arguments: [[Int64]](
            [[], [7], [7, 7, 7], [7, 7, 8], [8, 7, 7]]))
    func values(_ values: [Int64]) {
        let column = PostgresColumn(values)
        #expect(values.indices.map { column.each.isEmpty ? column.one : column.each[$0] } == values)
        #expect(column.each.isEmpty == (Set(values).count < 2))
        #expect(column.one == (Set(values).count == 1 ? values.first : nil))
    }

    @Test("NULL in every row is sent as nothing, and in some as each row's")
    func nulls() {
        let none = PostgresColumn<String?>([nil, nil])
        #expect(none.one == .some(nil) && none.each.isEmpty)
        for values in [["a", nil], [nil, "a"]] as [[String?]] {
            let mixed = PostgresColumn(values)
            #expect(mixed.one == nil && mixed.each == values)
        }
    }
}
