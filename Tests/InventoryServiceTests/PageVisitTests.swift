import DrivelineTesting
import LocalServers
import Postgres
import Testing

@testable import InventoryService

@Suite("Pages whose rows are written by their places", .timeLimit(.minutes(10)))
struct PageVisitTests {
    @Test("a visit clears them of the versions that nobody sees, whichever table they are of")
    func cleared() async throws {
        // A server of the test's own: whoever writes to any database of a server keeps versions of rows in all of them.
        try await withPostgres(settings: ["autovacuum": "off"]) { server in
            try await InventoryHarness.with(postgres: server) { harness in try await self.check(harness) }
        }
    }

    private func check(_ harness: InventoryHarness) async throws {
        try await harness.adjust("A", 1)
        try await harness.pool.runScript("create extension pageinspect")
        // More than half of a page of either, by which the server takes it for full. In one go: beside all other tests each
        // answer waits for its turn.
        try await harness.pool.runScript(
            """
            do $$ begin
                for number in 1..55 loop
                    update item set changed_at = changed_at where ctid = (\(Self.place("item")));
                    update level set reserved = reserved where ctid = (\(Self.place("level")));
                end loop;
            end $$
            """)
        let counts = (
            items: try await harness.number(Self.itemVersions), levels: try await harness.number(Self.levelVersions)
        )
        #expect(counts.items > 40 && counts.levels > 40)
        let commands = ItemRows.visiting([.init(table: .items, block: 0), .init(table: .levels, block: 0)])
        _ = try await harness.pool.withTransaction { try await $0.execute(commands) }
        let rest = try await harness.number(Self.itemVersions) + harness.number(Self.levelVersions)
        #expect(rest <= 4)
    }

    /// The place of the newest version on the first page, without looking at a row by an index or by going through the table.
    private static func place(_ table: String) -> String {
        """
        select t_ctid from heap_page_items(get_raw_page('\(table)', 0)) where lp_flags = 1 and t_xmax = 0 limit 1
        """
    }

    private static let itemVersions: StaticString =
        "select count(*) from heap_page_items(get_raw_page('item', 0)) where lp_flags = 1"

    private static let levelVersions: StaticString =
        "select count(*) from heap_page_items(get_raw_page('level', 0)) where lp_flags = 1"
}
