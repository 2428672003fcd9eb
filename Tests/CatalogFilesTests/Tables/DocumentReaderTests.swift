import CatalogFiles
import CatalogMessages
import TestSupport
import Testing

@Suite("JSON of the catalog: forms and what is refused", .processorBound)
struct DocumentReaderTests {
    private func reader(isPartial: Bool = false) throws -> ProductJSONReader {
        ProductJSONReader(try TableHarness.json(), isPartial: isPartial)
    }

    @Test("one document, an array and lines, with the mark of UTF-8 or without, cut anywhere")
    func forms() throws {
        let texts = [
            "{\"sku\":\"A\"}", "[{\"sku\":\"A\"},\n{\"sku\":\"B\"}]", "\u{FEFF}{\"sku\":\"A\"}\n{\"sku\":\"B\"}\n",
            "[]",
        ]
        for (text, count) in zip(texts, [1, 2, 2, 0]) {
            let bytes = Array(text.utf8)
            #expect(try TableHarness.read(try self.reader(), bytes.map { [$0] }).compactMap(\.product).count == count)
        }
    }

    @Test("a partial product says what it names, and clears what is null")
    func partial() throws {
        let records = try TableHarness.read(
            try self.reader(isPartial: true),
            "{\"sku\":\"A\",\"name\":null,\"images\":[\"a\"],\"version\":7,\"createdAt\":null}")
        #expect(records[0].product == Product(sku: "A", images: ["a"]))
        #expect(records[0].fields == ["name", "images"])
    }

    @Test("a document at fault is refused as the API refuses it, with its line, and harms no other")
    func documents() throws {
        let long = String(repeating: " ", count: CatalogJSON.maximumRecordBytes)
        let records = try TableHarness.read(
            try self.reader(),
            "{\"sku\":\"A\",\"naame\":\"x\"}\n{\"sku\":\"B\",}\n{}\nx\n{\"sku\":\"C\",\"partTypeId\":1e99,\"gtin\":\"x\"}\n"
                + "{\"sku\":\"D\",\(long)}\n{\"sku\":\"E\"}")
        #expect(records.map(\.line) == [1, 2, 3, 4, 5, 6, 7])
        #expect(records[6].product == Product(sku: "E"))
        let refused = records.compactMap(\.refusal)
        #expect(refused.map(\.sku) == ["A", "", "", "", "C", ""])
        #expect(refused.map(\.field) == ["naame", "", "sku", "", "partTypeId", ""])
        #expect(refused[0].message == "naame is not known; did you mean name?; expected name")
        #expect(refused[1].message.hasPrefix("the JSON is malformed at byte "))
        #expect(refused[4].message.contains(". gtin does not match"))
        #expect(refused[5].message == "the document has more than 1048576 bytes; expected at most 1048576 bytes")
    }

    @Test("a file that is cut off is at fault as a whole")
    func cutOff() throws {
        let files = [
            "[{\"sku\":\"A\"}", "[{\"sku\":\"A\"},{\"sku\"", "{\"sku\":\"A\"}\n{\"sku\":\"B\"", "{\n\"sku\": \"A\",\n",
            "[",
        ]
        for file in files {
            #expect(TableHarness.fault(try self.reader(), Array(file.utf8))?.code == "incomplete-json")
        }
        // A document that is broken in the middle is not the end of the file.
        let records = try TableHarness.read(try self.reader(), "{\"sku\":\"A\"\n{\"sku\":\"B\"}\n")
        #expect(records.map { $0.product?.sku } == [nil, "B"])
        #expect(TableHarness.fault(try self.reader(), [])?.code == "empty-file")
        #expect(TableHarness.fault(try self.reader(), [0xFE, 0xFF, 0, 0x7B])?.code == "not-utf8")
    }

    @Test("a file of opening braces ends soon")
    func braces() throws {
        let fault = TableHarness.fault(
            try self.reader(), [UInt8](repeating: UInt8(ascii: "{"), count: 200).flatMap { [$0, 10] })
        #expect(fault?.code == "malformed-json")
    }
}
