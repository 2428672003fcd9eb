import PricingAPI
import PricingMessages
import RPC
import RPCMessages
import Testing

@testable import PricingService

@Suite struct PricingSettingsTests {
    @Test("Settings are put with a version, answered, and told of; the same put again changes nothing")
    func putAndGet() async throws {
        try await PricingHarness.withLists { harness in
            let none = try await harness.lists.getSettings(GetPricingSettingsRequest())
            #expect(none == PricingSettings())
            let settings = PricingSettings(
                rounding: [CurrencyRounding(currency: "CHF", mode: .halfUp, increment: "0.05")], marginPolicy: .hold)
            let put = try await harness.lists.putSettings(
                PutPricingSettingsRequest(settings: settings, expectedVersion: 0))
            #expect(put.version == 1)
            let again = try await harness.lists.putSettings(PutPricingSettingsRequest(settings: put))
            #expect(again == put)
            let found = try await harness.lists.getSettings(GetPricingSettingsRequest())
            #expect(found == put)
            let conflict = try await harness.problem {
                _ = try await harness.lists.putSettings(
                    PutPricingSettingsRequest(settings: PricingSettings(), expectedVersion: 0))
            }
            #expect(conflict?.type == "version-conflict")
            #expect(conflict?.version == 1)
            let events = try await harness.events("pricing.settings.changed", as: PricingSettingsChanged.self)
            #expect(events.map(\.settings) == [put])
        }
    }

    @Test(
        "Settings that cannot be are refused with their field",
        arguments: [
            ("XYZ", "0.05", "settings.rounding[1].currency", "unknown-currency"),
            ("USD", "-1", "settings.rounding[1].increment", "invalid-amount"),
            ("CHF", "0.05", "settings.rounding[1].currency", "duplicate-entry"),
        ])
    func invalid(currency: String, increment: String, field: String, type: String) async throws {
        try await PricingHarness.withLists { harness in
            let problem = try await harness.problem {
                let settings = PricingSettings(rounding: [
                    CurrencyRounding(currency: "CHF", increment: "0.05"),
                    CurrencyRounding(currency: currency, increment: increment),
                ])
                _ = try await harness.lists.putSettings(PutPricingSettingsRequest(settings: settings))
            }
            #expect(problem?.type == type)
            #expect(problem?.fields.map(\.field) == [field])
        }
    }
}
