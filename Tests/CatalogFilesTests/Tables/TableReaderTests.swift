import CatalogFiles
import CatalogMessages
import TestSupport
import Testing

@Suite("CSV of the catalog: cells, columns and what is refused", .processorBound)
struct TableReaderTests {
    private func products(
        _ text: String, _ options: CatalogImportOptions = CatalogImportOptions()
    ) throws
        -> [CatalogRecord]
    {
        try TableHarness.read(ProductCSVReader(try TableHarness.json(), try TableOptions(options)), text)
    }

    private func fault(
        _ text: String, _ options: CatalogImportOptions = CatalogImportOptions()
    ) throws
        -> CatalogFileFault
    {
        let reader = ProductCSVReader(try TableHarness.json(), try TableOptions(options))
        return try #require(TableHarness.fault(reader, Array(text.utf8)))
    }

    @Test("an empty cell says nothing, and null clears")
    func cells() throws {
        let records = try self.products(
            """
            sku,name,partTypeId,certifications,attributes.material,attributes.weight,warranty,status
            A,Pad,,DOT | SAE,Ceramic,null,"{""time"":12}",available
            B,,null,"[""a|b""]",,1.5 kg,null,
            """)
        #expect(
            records.map(\.product) == [
                Product(
                    sku: "A", name: "Pad", status: .available, attributes: ["material": "Ceramic"],
                    certifications: ["DOT", "SAE"], warranty: Warranty(time: 12)),
                Product(sku: "B", attributes: ["weight": "1.5 kg"], certifications: ["a|b"]),
            ])
        #expect(
            records[0].fields == [
                "name", "certifications", "attributes.material", "attributes.weight", "warranty", "status",
            ])
        #expect(records[1].fields == ["partTypeId", "certifications", "attributes.weight", "warranty"])
        #expect(records.map(\.line) == [2, 3])
    }

    @Test("texts are read as they are, but for the apostrophe that the writer puts in front of some")
    func apostrophes() throws {
        let records = try self.products("sku,name\n-12,'=1+1\n'90s,'null\n''=x,=1\n")
        #expect(records.map { $0.product?.sku } == ["-12", "'90s", "'=x"])
        #expect(records.map { $0.product?.name } == ["=1+1", "null", "=1"])
        var writer = ProductCSVWriter(try TableHarness.json(), try TableOptions())
        _ = writer.take()
        #expect(writer.append(Product(sku: "-12", name: "=HYPERLINK(\"x\")")) == nil)
        #expect(String(decoding: writer.take(), as: UTF8.self).hasPrefix("'-12,\"'=HYPERLINK(\"\"x\"\")\",,"))
    }

    @Test("a map's column is the whole map, and columns of its values stand in it")
    func maps() throws {
        let records = try self.products(
            "sku,attributes,attributes.b\nA,\"{\"\"a\"\":\"\"1\"\"}\",2\nB,null,2\nC,{},2\nD,\"{\"\"b\"\":\"\"1\"\"}\",2\nE,[],2\n"
        )
        #expect(records.prefix(3).map { $0.product?.attributes } == [["a": "1", "b": "2"], ["b": "2"], ["b": "2"]])
        #expect(records.prefix(3).map(\.fields) == [["attributes"], ["attributes"], ["attributes"]])
        #expect(records[3].refusal?.message == "attributes[b] is given twice; expected one value for each key")
        #expect(records[4].refusal?.message == "attributes is another kind of JSON; expected an object")
    }

    @Test("actions, rows without cells, the mark of UTF-8 and booleans of spreadsheets are taken")
    func forms() throws {
        let records = try self.products("\u{FEFF}action,sku,version\r\nD,A,3\r\n,,\r\n\r\nC,B,\r\n,C,\r\nX,D,\r\n")
        #expect(records.map(\.action) == [.delete, .change, .add, nil])
        #expect(records.map(\.line) == [2, 5, 6, 7])
        #expect(records.map { $0.fields ?? [] } == [[], [], [], []])
        #expect(records[0].product?.version == 0)
        #expect(records[3].refusal?.message == "action is \"X\"; expected one of A, C, D")
        let fitment = try TableHarness.read(
            FitmentCSVReader(try TableHarness.json(), try TableOptions()), "sku,make,unvalidated,action\nA,Kia,TRUE,D\n"
        )
        #expect(fitment[0].fitment?.unvalidated == true && fitment[0].action == .delete)
    }

    @Test("columns are mapped, passed over, and parted by any character")
    func mapping() throws {
        let options = CatalogImportOptions(
            delimiter: ";",
            columns: [
                CatalogColumn(fileColumn: "Item No.", field: "sku"), CatalogColumn(fileColumn: "Price"),
                CatalogColumn(fileColumn: "Stuff", field: "attributes.material"),
            ])
        let records = try self.products("Item No.;Price;Stuff;name\nA;12,50;Steel;Pad\n", options)
        #expect(records[0].product == Product(sku: "A", name: "Pad", attributes: ["material": "Steel"]))
        let other = try self.products("sku,Colour\nA,red\n", CatalogImportOptions(ignoreOtherColumns: true))
        #expect(other[0].product == Product(sku: "A"))
    }

    @Test("a row at fault is refused with its line, field and reason, and harms no other")
    func rows() throws {
        let long = String(repeating: "x", count: CatalogJSON.maximumRecordBytes)
        let records = try self.products(
            """
            sku,name,partTypeId,images,status
            A,Pad
            B,a,b,c,d,e
            C,,x1,,
            D,,,a||b,
            E,,,,availble
            ,Pad,,,
            F,"a"b,,,
            G,,-1,"[1,",
            H,\(long),,,
            I,,7,"[1]",nonsense
            J,,1e1,,
            """)
        #expect(records.map(\.line) == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
        #expect(records.last?.product == Product(sku: "J", partTypeID: 10))
        let refused = records.compactMap(\.refusal)
        #expect(refused.allSatisfy { $0.reason == .invalidProduct })
        #expect(refused.map(\.sku) == ["A", "B", "C", "D", "E", "", "", "G", "", "I"])
        #expect(
            refused.map(\.field) == ["", "", "partTypeId", "images", "status", "sku", "", "images", "", "images[0]"])
        #expect(refused[0].message == "the row has 2 cells; expected 5, as the row of names has")
        #expect(refused[2].message.hasPrefix("partTypeId is text; expected "))
        #expect(
            refused[3].message
                == "images has an empty value beside a |; expected values with one | between them, or a JSON list")
        #expect(refused[4].message.contains("did you mean available?"))
        #expect(refused[5].message == "sku is missing; expected the part number")
        #expect(
            refused[7].message.hasPrefix("images is no JSON: a value is missing, at its byte 4; expected values with |")
        )
        #expect(refused[8].message == "the row has more than 1048576 bytes; expected at most 1048576 bytes")
        #expect(refused[9].message.contains("images[0] is a number; expected text. status is none of its values"))
    }

    @Test("a cell that is not UTF-8 is refused with its line")
    func encoding() throws {
        let reader = ProductCSVReader(try TableHarness.json(), try TableOptions())
        let bytes = Array("sku,name\nA,Gr".utf8) + [0xFC] + Array("n\nB,b\n".utf8)
        let records = try TableHarness.read(reader, [bytes])
        #expect(records[0].refusal?.message == "name is not UTF-8; expected the file saved as UTF-8")
        #expect(records[0].line == 2 && records[1].product?.sku == "B")
        #expect(TableHarness.fault(reader, [0xFF, 0xFE, 0x73, 0])?.code == "not-utf8")
        #expect(TableHarness.fault(reader, [0x73, 0xFC, 0x0A])?.code == "not-utf8")
    }

    @Test(
        "where no row could be read, the file is at fault",
        arguments: [
            ("", "empty-file: the file is empty"), ("\n\n", "empty-file: the file has no row of column names"),
            ("name\nA\n", "missing-column in line 1: the file has no column sku"),
            (
                "sku,naame\n",
                "unknown-column in line 1: column 2, \"naame\", is none that is imported; perhaps name is meant"
            ),
            ("sku,attributes.\n", "unknown-column in line 1: column 2"),
            ("sku,name,name\n", "duplicate-column in line 1: column 3, \"name\""),
            ("\nsku,\"a\"b\n", "unreadable-header in line 2: the row of column names: something stands behind"),
        ])
    func files(text: String, expected: String) throws {
        #expect("\(try self.fault(text))".hasPrefix(expected))
    }

    @Test("options that cannot be are named")
    func options() throws {
        for delimiter in ["\"", "\n", "ab", "ä"] {
            #expect(throws: CatalogFileFault.self) { try TableOptions(CatalogImportOptions(delimiter: delimiter)) }
        }
        let twice = [CatalogColumn(fileColumn: "a", field: "sku"), CatalogColumn(fileColumn: "a", field: "name")]
        #expect(throws: CatalogFileFault.self) { try TableOptions(CatalogImportOptions(columns: twice)) }
        let wrong = CatalogImportOptions(columns: [CatalogColumn(fileColumn: "a", field: "skuu")])
        #expect(
            "\(try self.fault("a\n", wrong))"
                == "invalid-option: the column \"a\" is mapped to \"skuu\", which is no field; perhaps sku is meant")
        let missing = CatalogImportOptions(columns: [CatalogColumn(fileColumn: "Item No", field: "sku")])
        #expect("\(try self.fault("Item No.,sku\n", missing))".contains("perhaps it is \"Item No.\"") == false)
    }

    @Test("faults of fitments name the column, not the place in the record")
    func fitments() throws {
        let reader = FitmentCSVReader(try TableHarness.json(), try TableOptions())
        let long = String(repeating: "x", count: 121)
        let records = try TableHarness.read(
            reader,
            "sku,yearFrom,make,engine,body,attributes,notes\nA,x,Kia,,,,\nB,,Kia,,\(long),\"[{\"\"kind\"\":\"\"region\"\",\"\"id\"\":1}]\",\n"
                + "C,2001,Kia,2.0L,Coupe,,with tow | without\n")
        #expect(records[0].refusal?.field == "yearFrom" && records[0].refusal?.reason == .invalidFitment)
        #expect(records[1].refusal?.message == "body is 121 bytes long; expected at most 120 bytes")
        #expect(
            records[2].fitment
                == Fitment(
                    sku: "C", vehicle: VehicleSelector(yearFrom: 2001, make: "Kia"),
                    attributes: [
                        VehicleAttribute(kind: .engine, name: "2.0L"), VehicleAttribute(kind: .bodyType, name: "Coupe"),
                    ], notes: [FitmentNote(text: "with tow"), FitmentNote(text: "without")]))
    }
}
