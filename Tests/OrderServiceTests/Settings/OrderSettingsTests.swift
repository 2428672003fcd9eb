import DrivelineTesting
import OrderAPI
import OrderDomain
import OrderMessages
import RPC
import RPCMessages
import Testing

@testable import OrderService

@Suite("How orders are kept", .timeLimit(.minutes(5)))
struct OrderSettingsTests {
    @Test("settings are put, and read by whoever decides on orders")
    func put() async throws {
        try await OrderHarness.with { harness in
            try await harness.withReads { client, stranger in
                #expect(try await client.getSettings(GetOrderSettingsRequest()) == OrderSettings())
                let wanted = OrderSettings(
                    defaultCurrency: "EUR", onShortfall: .refuse, returnWindowDays: 14, version: 77)
                let put = try await client.putSettings(PutOrderSettingsRequest(settings: wanted))
                #expect(put.version == 1 && put.defaultCurrency == "EUR")
                #expect(try await client.putSettings(PutOrderSettingsRequest(settings: wanted)) == put)
                #expect(try await client.getSettings(GetOrderSettingsRequest()) == put)
                #expect(try await stranger.getSettings(GetOrderSettingsRequest()) == OrderSettings())
                let order = try await harness.record("A-1").order
                let answer = try await harness.apply(order) { (state, moment) throws(OrderRefusal) in
                    state.append(.amended, "\(moment.settings.defaultCurrency) \(moment.settings.version)")
                }
                #expect(answer.entries.first?.text == "EUR 1")
            }
        }
    }

    @Test("settings are remembered for a moment, and a change counts at once where it was made")
    func remembered() async throws {
        try await OrderHarness.with { (harness) async throws in
            let settings = KnownSettings(harness.pool)
            #expect(try await settings.settings(of: harness.brand).version == 0)
            settings.note(OrderSettings(defaultCurrency: "EUR", version: 2), of: harness.brand)
            #expect(try await settings.settings(of: harness.brand).version == 2)
            // A read that began before the change.
            settings.note(OrderSettings(version: 1), of: harness.brand)
            #expect(try await settings.settings(of: harness.brand).version == 2)
        }
    }

    @Test("of puts at once that expect one version, one is taken")
    func versions() async throws {
        try await OrderHarness.with { harness in
            try await harness.withReads { client, _ in
                for version in UInt64(0)..<5 {
                    let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
                        for days in UInt32(1)...8 {
                            group.addTask {
                                let problem = try await harness.problem {
                                    _ = try await client.putSettings(
                                        PutOrderSettingsRequest(
                                            settings: OrderSettings(returnWindowDays: days + UInt32(version) * 10),
                                            expectedVersion: version))
                                }
                                #expect(problem == nil || problem?.type == "version-conflict")
                                return problem == nil
                            }
                        }
                        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                    }
                    #expect(taken == 1)
                    #expect(try await client.getSettings(GetOrderSettingsRequest()).version == version + 1)
                }
            }
        }
    }

    @Test("what settings may not be")
    func refused() async throws {
        try await OrderHarness.with { harness in
            try await harness.withReads { client, _ in
                let problem = try await harness.problem {
                    _ = try await client.putSettings(
                        PutOrderSettingsRequest(settings: OrderSettings(defaultCurrency: "XQZ")))
                }
                #expect(problem?.type == "unknown-currency")
                #expect(problem?.fields.first?.field == "settings.defaultCurrency")
            }
        }
    }
}
