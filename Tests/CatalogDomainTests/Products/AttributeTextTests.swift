import CatalogDomain
import TestSupport
import Testing

@Suite(.processorBound) struct AttributeTextTests {
    @Test(
        "A number with a unit is one in the base unit",
        arguments: [
            ("1.5 kg", AttributeDimension.mass, 1_500_000_000), ("1500g", .mass, 1_500_000_000),
            ("3.3 lbs", .mass, 1_496_854_821), ("280 mm", .length, 280_000_000), ("11.02 in", .length, 279_908_000),
            ("3/4\"", .length, 19_050_000), ("1,500.25", .number, 1_500_250_000), ("-0.5 in", .length, -12_700_000),
            ("12V", .voltage, 12_000_000), ("500 mA", .current, 500_000), ("90 ft-lbs", .torque, 122_023_620),
            ("90 Nm", .torque, 90_000_000), ("5 L", .volume, 5_000_000_000), ("5 qt", .volume, 4_731_764_730),
            ("30 PSI", .pressure, 206_842_710), ("2 MPa", .pressure, 2_000_000_000), ("50%", .percent, 50_000_000),
            (" 7 ", .number, 7_000_000),
        ])
    func numbers(_ text: String, _ dimension: AttributeDimension, _ micros: Int64) {
        guard case .number(let number) = AttributeText(text) else {
            Issue.record("\(text) is text")
            return
        }
        #expect(number.dimension == dimension && number.micros == micros)
    }

    @Test(
        "Anything else is text",
        arguments: [
            "", "Ceramic", "1.5 parsecs", "5x114.3", "1.", "1 2", "1/0", "kg", "--1", "1e5", "１", "12,34", "SAE 30",
            "99999999999999999999", "1000000000000 kg", "1.5 kg net",
        ])
    func text(_ text: String) {
        #expect(AttributeText(text) == .text(text))
    }

    @Test("A unit may stand beside its value")
    func separateUnit() {
        #expect(AttributeText("280", unit: "MM") == AttributeText("28 cm"))
        #expect(AttributeText("Iron", unit: "MM") == .text("Iron"))
    }

    @Test("What is written as a decimal is read exactly, and no text brings it down")
    func properties() {
        var random = SeededGenerator(seed: testSeed())
        for _ in 0..<5_000 {
            let micros = Int64.random(in: -999_999_999_999...999_999_999_999, using: &random)
            let (whole, fraction) = micros.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
            let digits = String(fraction + 1_000_000).dropFirst()
            let text = "\(micros < 0 ? "-" : "")\(whole).\(digits) mm"
            #expect(AttributeNumber(text)?.micros == micros, "\(text)")
            let characters = "0123456789.,/-+ kgmin\"°%eE".map { $0 }
            let junk = String(
                (0..<Int.random(in: 0...12, using: &random)).compactMap { _ in characters.randomElement(using: &random)
                })
            if case .text(let kept) = AttributeText(junk) { #expect(kept == junk) }
        }
    }
}
