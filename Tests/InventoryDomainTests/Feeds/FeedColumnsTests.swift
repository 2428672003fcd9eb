import InventoryDomain
import TestSupport
import Testing

@Suite("What the rows of a partner's file say", .processorBound)
struct FeedColumnsTests {
    private func mapping(_ place: FeedMapping.Place) throws -> FeedMapping {
        FeedMapping(
            skuColumn: "Item No.", quantityColumn: "Qty", place: place,
            quantities: FeedQuantityRules(
                empty: nil, words: ["In Stock": try UnitCount(5), "discontinued": .zero]))
    }

    @Test("columns are found by name, whatever their case and order")
    func columns() throws {
        let place = FeedMapping.Place.column("Whse", renamed: ["7": try LocationID("WHS1")])
        let columns = try FeedColumns(try self.mapping(place), names: ["whse ", "Note", " QTY", "ITEM NO."])
        let line = try columns.line(["7", "x", "12", " ABC "])
        #expect(line == FeedLine(sku: try SKU("ABC"), location: try LocationID("WHS1"), units: try UnitCount(12)))
        #expect(try columns.line(["WHS2", "", "0", "A"]).location == LocationID("WHS2"))
        #expect(throws: InvalidValue.self) { try columns.line(["7", "x", "1", ""]) }
        #expect(throws: InvalidValue.self) { try columns.line(["7"]) }
    }

    @Test("a row whose number cannot be read still names its SKU")
    func faults() throws {
        let columns = try FeedColumns(
            try self.mapping(.location(try LocationID("W"))), names: ["Item No.", "Qty"])
        for bad in [
            "", "-1", "1.5", "many", "+3", "1e3", "9007199254740992", "99999999999999999999", "1,000", "++", ">",
        ] {
            let line = try columns.line(["A", bad])
            #expect(line.units == nil && line.fault != nil, "\(bad)")
        }
        #expect(try columns.line(["A"]).fault != nil)
        for (text, units) in [
            ("7", 7), (" 7 ", 7), ("7.00", 7), ("10+", 10), (">100", 100), ("in stock", 5), ("Discontinued", 0),
            ("007", 7),
        ] as [(String, Int64)] {
            #expect(try columns.line(["A", text]).units?.units == units, "\(text)")
        }
    }

    @Test("a row whose location cannot be read still names its SKU")
    func locations() throws {
        let place = FeedMapping.Place.column("Whse", renamed: [:])
        let columns = try FeedColumns(try self.mapping(place), names: ["Item No.", "Qty", "Whse"])
        for fields in [["A", "1", ""], ["A", "1"], ["A", "lots", ""], ["A"]] {
            let line = try columns.line(fields)
            #expect(try line.sku == SKU("A") && line.location == nil && line.units == nil && line.fault != nil)
        }
    }

    @Test("members of objects are found by name, whatever their case; a missing one or a second one is told of")
    func members() throws {
        let place = FeedMapping.Place.column("Whse", renamed: ["7": try LocationID("WHS1")])
        let members = FeedMembers(try self.mapping(place))
        func line(_ fields: (String, String)...) throws -> FeedLine {
            try members.line(fields.map { (name: $0.0, value: .success($0.1)) })
        }
        let whole = try line(("ITEM NO. ", "A"), ("other", "x"), ("Other", "y"), ("qty", "in stock"), ("whse", "7"))
        #expect(whole == FeedLine(sku: try SKU("A"), location: try LocationID("WHS1"), units: try UnitCount(5)))
        #expect(throws: InvalidValue.self) { try line(("Qty", "1"), ("Whse", "7")) }
        #expect(throws: InvalidValue.self) { try line(("Item No.", "A"), ("item no.", "B"), ("Qty", "1")) }
        let noPlace = try line(("Item No.", "A"), ("Qty", "1"))
        #expect(noPlace.location == nil && "\(String(describing: noPlace.fault))".contains("is missing"))
        let twice = try line(("Item No.", "A"), ("Qty", "1"), ("QTY", "1"), ("Whse", "7"))
        #expect(twice.units == nil && "\(String(describing: twice.fault))".contains("stands twice"))
        let broken = InvalidValue("Qty", "is an object", expected: "a number")
        let faulty = try members.line([
            (name: "Item No.", value: .success("A")), (name: "Qty", value: .failure(broken)),
            (name: "Whse", value: .success("7")),
        ])
        #expect(faulty.fault == broken && faulty.location != nil)
    }

    @Test("a column that is missing, or stands twice, is named")
    func missing() throws {
        let mapping = try self.mapping(.location(try LocationID("W")))
        let error = #expect(throws: InvalidValue.self) { try FeedColumns(mapping, names: ["Item No.", "Quantity"]) }
        #expect(error?.description.contains("\"Qty\" is missing") == true)
        #expect(throws: InvalidValue.self) { try FeedColumns(mapping, names: ["Item No.", "Qty", "qty"]) }
    }

    @Test("dates of headers are read, and nothing else")
    func dates() {
        #expect(HTTPDate.moment("Sun, 06 Nov 1994 08:49:37 GMT")?.seconds == 784_111_777)
        #expect(HTTPDate.moment("Thu, 01 Jan 1970 00:00:00 GMT")?.seconds == 0)
        #expect(HTTPDate.moment("Thu, 29 Feb 2024 23:59:59 GMT")?.seconds == 1_709_251_199)
        for bad in [
            "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 6 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT",
        ] {
            #expect(HTTPDate.moment(bad) == nil, "\(bad)")
        }
    }
}
