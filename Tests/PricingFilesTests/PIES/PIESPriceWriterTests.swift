import Money
import PricingDomain
import PricingMessages
import TestSupport
import Testing
import WellKnownMessages

@testable import PricingFiles

@Suite(.processorBound) struct PIESPriceWriterTests {
    static let options = PriceExportOptions(format: .pies, brandCode: "QQVX")
    static let day = instant("2026-01-15")
    static let choices = [
        PIESListChoice(tradeCode: "LST", currency: "USD", listID: "us-list"),
        PIESListChoice(tradeCode: "JBR", currency: "USD", listID: "us-jobber"),
        PIESListChoice(tradeCode: "JBR", currency: "CAD", listID: "ca-jobber"),
    ]

    static func file(_ written: [(sku: String, prices: [ExportedPrice])]) throws -> [UInt8] {
        var writer = try PIESPriceWriter(Self.options, lists: RandomPrices.lists, day: Self.day)
        for (sku, prices) in written { #expect(writer.append(prices, of: sku) == []) }
        writer.complete()
        return writer.take()
    }

    @Test("what is written is read back equal")
    func roundTrip() throws {
        var random = SeededGenerator(seed: testSeed())
        let written = try RandomPrices.make(200, isWholeDays: true, using: &random)
        let reading = try PriceReading(pies: try Self.file(written), Self.choices)
        #expect(reading.fault == nil && reading.refusals == [] && reading.passedOver == 0)
        #expect(reading.prices == RandomPrices.filePrices(written, hasCurrency: true))
        #expect(try PriceReading(pies: try Self.file([])).fault == nil)
    }

    @Test("the text is that of PIES 7.2")
    func text() throws {
        let list = ExportedList(
            listID: "us", name: "Jobber", currency: "USD", tradeCode: "JBR", sheetNumber: "S1",
            period: try period("2026-01-01", "2027-01-01"))
        var options = Self.options
        options.skuPrefix = "A"
        var writer = try PIESPriceWriter(options, lists: [list], day: Self.day)
        let price = ExportedPrice(
            list: list, minimumQuantity: 12, period: try period("2026-02-01", "2026-03-01"),
            amount: Amount(micros: 12_500_000))
        #expect(writer.append([price], of: "A&1") == [])
        writer.complete()
        #expect(
            String(decoding: writer.take(), as: UTF8.self) == """
                <?xml version="1.0" encoding="UTF-8"?>
                <PIES xmlns="http://www.autocare.org">
                  <Header>
                    <PIESVersion>7.2</PIESVersion>
                    <SubmissionType>UPDATE</SubmissionType>
                    <ChangesSinceDate>1970-01-01</ChangesSinceDate>
                    <ParentAAIAID>QQVX</ParentAAIAID>
                    <PCdbVersionDate>2026-01-15</PCdbVersionDate>
                  </Header>
                  <PriceSheets>
                    <PriceSheet MaintenanceType="A">
                      <PriceSheetNumber>S1</PriceSheetNumber>
                      <PriceSheetName>Jobber</PriceSheetName>
                      <CurrencyCode>USD</CurrencyCode>
                      <EffectiveDate>2026-01-01</EffectiveDate>
                      <ExpirationDate>2026-12-31</ExpirationDate>
                    </PriceSheet>
                  </PriceSheets>
                  <Items>
                    <Item MaintenanceType="A">
                      <PartNumber>A&amp;1</PartNumber>
                      <BrandAAIAID>QQVX</BrandAAIAID>
                      <Prices>
                        <Pricing MaintenanceType="A" PriceType="JBR">
                          <PriceSheetNumber>S1</PriceSheetNumber>
                          <CurrencyCode>USD</CurrencyCode>
                          <EffectiveDate>2026-02-01</EffectiveDate>
                          <ExpirationDate>2026-02-28</ExpirationDate>
                          <Price UOM="PE">12.50</Price>
                          <PriceBreak UOM="EA">12</PriceBreak>
                        </Pricing>
                      </Prices>
                    </Item>
                  </Items>
                  <Trailer>
                    <ItemCount>1</ItemCount>
                    <TransactionDate>2026-01-15</TransactionDate>
                  </Trailer>
                </PIES>

                """)
    }

    @Test("a file that is taken up again is the same file")
    func resumed() throws {
        var random = SeededGenerator(seed: testSeed())
        let written = try RandomPrices.make(20, isWholeDays: true, using: &random)
        for cut in [0, 1, 7] {
            var first = try PIESPriceWriter(Self.options, lists: RandomPrices.lists, day: Self.day)
            for (sku, prices) in written.prefix(cut) { _ = first.append(prices, of: sku) }
            var second = try PIESPriceWriter(
                Self.options, lists: RandomPrices.lists, day: Self.day, resumedAfter: Int64(cut), isResumed: true)
            for (sku, prices) in written.dropFirst(cut) { _ = second.append(prices, of: sku) }
            second.complete()
            #expect(first.take() + second.take() == (try Self.file(written)))
        }
    }

    @Test("what PIES cannot carry is left out with the reason, and the rest of the Item is written")
    func leftOut() throws {
        let list = RandomPrices.lists[0]
        let good = ExportedPrice(list: list, amount: Amount(micros: 999_999_999_900))
        let bad: [ExportedPrice] = [
            ExportedPrice(list: list, amount: Amount(micros: 10)),
            ExportedPrice(list: list, amount: Amount(micros: 1_000_000_000_100)),
            ExportedPrice(list: list, minimumQuantity: 100_000_000, amount: .zero),
            ExportedPrice(list: list, period: try period("2026-01-01T01:00:00Z"), amount: .zero),
            ExportedPrice(list: list, period: try period("", "2026-01-01T01:00:00Z"), amount: .zero),
            ExportedPrice(list: ExportedList(listID: "other", currency: "USD"), amount: .zero),
        ]
        var writer = try PIESPriceWriter(Self.options, lists: RandomPrices.lists, day: Self.day)
        let reasons = writer.append(bad + [good], of: "A")
        #expect(reasons.count == bad.count && Set(reasons).count == bad.count)
        #expect(writer.append([good], of: String(repeating: "A", count: 49)).count == 1)
        #expect(writer.append([good], of: "A\u{1}").count == 1)
        #expect(writer.append(bad, of: "B").count == bad.count)
        writer.complete()
        let reading = try PriceReading(pies: writer.take(), Self.choices)
        #expect(reading.fault == nil)
        #expect(reading.prices.map(\.amount) == [good.amount])
    }

    @Test("a list that PIES cannot carry, or could not tell from another one, is a fault")
    func lists() throws {
        let list = ExportedList(listID: "a", currency: "USD", tradeCode: "JBR", sheetNumber: "S")
        var (noCode, twin, longID, dated, timed) = (list, list, list, list, list)
        noCode.tradeCode = "JB"
        twin.listID = "b"
        (longID.listID, longID.sheetNumber) = ("a-name-that-is-too-long", "")
        (dated.listID, dated.tradeCode, dated.period) = ("c", "LST", try period("2026-01-01"))
        timed.period = try period("2026-01-01T01:00:00Z")
        for lists in [[noCode], [list, twin], [longID], [list, dated], [timed]] {
            #expect(throws: PriceFileFault.self) {
                try PIESPriceWriter(Self.options, lists: lists, day: Self.day)
            }
        }
        #expect(throws: PriceFileFault.self) {
            try PIESPriceWriter(PriceExportOptions(format: .pies), lists: [list], day: Self.day)
        }
    }
}
