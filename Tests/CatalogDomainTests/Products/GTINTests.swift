import CatalogDomain
import TestSupport
import Testing

@Suite(.processorBound) struct GTINTests {
    @Test(
        "A GTIN of any length is padded to 14 digits",
        arguments: [
            ("012345678905", "00012345678905"), ("10012345678902", "10012345678902"), ("73513537", "00000073513537"),
            ("4006381333931", "04006381333931"),
        ])
    func padding(_ text: String, _ padded: String) throws {
        #expect(try GTIN(text).description == padded)
        #expect(try GTIN(text) == GTIN(padded))
    }

    @Test("A wrong check digit is refused, with the right one")
    func checkDigit() {
        #expect(throws: GTIN.Fault.checkDigit(expected: "5")) { try GTIN("012345678900") }
    }

    @Test(
        "What has another length, or anything but digits, is no GTIN",
        arguments: ["", "1234567", "01234567890X", "０12345678905"])
    func form(_ text: String) {
        #expect(throws: GTIN.Fault.form) { try GTIN(text) }
    }
}
