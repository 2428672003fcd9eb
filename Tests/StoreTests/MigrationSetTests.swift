import Testing

@testable import Migrations

@Suite struct MigrationSetTests {
    private func file(_ name: String, _ text: String = "select 1") -> Migration { .file(name, Array(text.utf8)) }

    private func complaint(_ migrations: [Migration]) -> String? {
        do throws(MigrationError) {
            _ = try MigrationSet(migrations)
            return nil
        } catch {
            #expect(error.code == .invalidSet)
            return error.description
        }
    }

    @Test("files and shared tables stand in one order, however they are listed")
    func order() throws {
        let set = try MigrationSet([
            self.file("0003_price.sql"), .component(2, "event-log", "create table x ()"), self.file("0001_item.sql"),
        ])
        #expect(set.migrations.map(\.name) == ["item", "event-log", "price"])
        #expect(set.latest == 3)
        #expect(try MigrationSet([]).latest == 0)
    }

    @Test("gaps, numbers that are given twice, bad names and bad content are named")
    func complaints() throws {
        let first = self.file("0001_a.sql")
        #expect(self.complaint([first, self.file("0003_c.sql")]) == "the migration 2 is missing; the next is 3 (c)")
        #expect(self.complaint([self.file("0002_b.sql")]) == "the migration 1 is missing; the next is 2 (b)")
        #expect(self.complaint([first, self.file("0001_b.sql")]) == "the number 1 is given to both a and b")
        for name in ["1_a.sql", "0001-a.sql", "0001_a.txt", "a.sql", "", "000x_a.sql"] {
            #expect(self.complaint([self.file(name)]) == "the file \(name) is not named like 0001_name.sql")
        }
        #expect(self.complaint([self.file("0001_A.sql")])?.contains("lower-case letters") == true)
        #expect(self.complaint([self.file("0001_.sql")])?.contains("lower-case letters") == true)
        #expect(self.complaint([self.file("0000_a.sql")])?.contains("a number from 1 to 9999") == true)
        #expect(self.complaint([self.file("0001_a.sql", " -- nothing\n;")])?.contains("no statement") == true)
        #expect(self.complaint([.file("0001_a.sql", [0xff])])?.contains("not UTF-8") == true)
        let control = self.complaint([self.file("0001_a.sql", "select 1;\n\nCommit;")])
        #expect(control?.contains("holds COMMIT in line 3") == true)
    }

    @Test("statements end at semicolons outside of quotes, comments and parentheses, and know their lines")
    func statements() throws {
        let text = """
            -- a comment; with a semicolon
            /* and /* a nested; */ one; */ select ';', E'\\';', "a;b"
            ; insert into a values ($$;'$$, $x$ $$; $x$);

            create rule r as on insert to a do (select 1; select 2) ;;
            select a$b, '--', 1 -- ; the end
            """
        let statements = SQLStatement.split(text)
        #expect(statements.map(\.line) == [2, 3, 5, 6])
        #expect(statements.map(\.firstWord) == ["select", "insert", "create", "select"])
        #expect(statements[0].text.hasSuffix("\"a;b\"\n"))
        #expect(statements[1].text == "insert into a values ($$;'$$, $x$ $$; $x$)")
        #expect(statements[0].line(at: nil) == 2)
        #expect(SQLStatement.split("select\n\nx").first?.line(at: 9) == 3)
        for unclosed in ["select 'a;", "select $$;", "select (1;", "/* ;", "\""] {
            #expect(SQLStatement.split(unclosed).count <= 1)
        }
    }

    @Test("the status tells what is applied, pending, changed and newer, in a table")
    func status() throws {
        let set = try MigrationSet([self.file("0001_a.sql"), self.file("0002_bee.sql")])
        func row(_ number: Int, _ name: String, _ checksum: String) -> AppliedMigration {
            AppliedMigration(
                number: number, name: name, checksum: checksum, appliedAt: "2026-01-02T03:04:05Z",
                durationMilliseconds: 7)
        }
        let checksum = set.migrations[0].checksum
        let pending = MigrationStatus(set, applied: [row(1, "a", checksum)])
        #expect(pending.pending == [2] && !pending.isUpToDate && pending.newerNumber == nil)
        #expect(
            pending.description == """
                number  name  state    applied at            ms
                1       a     applied  2026-01-02T03:04:05Z  7
                2       bee   pending
                1 pending

                """)
        let newer = MigrationStatus(set, applied: [1, 2, 3].map { row($0, ["a", "bee", "c"][$0 - 1], checksum) })
        #expect(newer.isUpToDate && newer.newerNumber == 3)
        #expect(newer.summary == "up to date; the database is newer (3)")
        let renamed = MigrationStatus(set, applied: [row(1, "b", checksum), row(2, "bee", checksum)])
        #expect(!renamed.isUpToDate && renamed.pending.isEmpty)
        #expect(throws: MigrationError.self) { try renamed.check() }
        #expect(throws: MigrationError.self) { try MigrationStatus(set, applied: [row(2, "bee", checksum)]).check() }
        #expect(throws: Never.self) { try newer.check() }
    }
}
