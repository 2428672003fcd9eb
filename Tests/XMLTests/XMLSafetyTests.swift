import Testing

@testable import XML

@Suite("XML that is hostile or broken is refused with its line")
struct XMLSafetyTests {
    private func error(_ document: String, limits: XMLLimits = XMLLimits()) throws -> XMLError? {
        try Reading(document, limits: limits).error
    }

    @Test(
        "a DOCTYPE is refused, whatever it declares",
        arguments: [
            "<!DOCTYPE a>", "<!DOCTYPE a SYSTEM 'file:///etc/passwd'>",
            "<!DOCTYPE a [<!ENTITY b 'bb'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]>",
            "<!DOCTYPE a [<!ENTITY c SYSTEM 'file:///etc/passwd'>]>",
            "<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1/x.dtd'>%p;]>",
        ])
    func doctype(_ doctype: String) throws {
        let reading = try Reading("<?xml version='1.0'?>\n\(doctype)\n<a>&c;</a>")
        #expect(reading.error?.code == .doctype && reading.error?.line == 2 && reading.lines.isEmpty)
    }

    @Test("an entity that XML does not have is refused")
    func entity() throws {
        let error = try #require(try self.error("<a>\n&copy;</a>"))
        #expect(error.code == .entity && error.line == 2, "\(error)")
    }

    @Test("each limit holds")
    func limits() throws {
        let cases: [(XMLLimits, String, String)] = [
            (XMLLimits(depth: 2), "<a><b/></a>", "<a>\n<b><c/></b></a>"),
            (XMLLimits(attributes: 1), "<a b='1'/>", "<a>\n<a b='1' c='2'/></a>"),
            (XMLLimits(textBytes: 3), "<a>123</a>", "<b>\n<a>1234</a></b>"),
            (XMLLimits(textBytes: 3), "<a b='123'/>", "<b>\n<a b='1234'/></b>"),
            (XMLLimits(nameBytes: 3), "<abc/>", "<a>\n<abcd/></a>"),
            (XMLLimits(names: 2), "<a><b/></a>", "<a>\n<b/><c/></a>"),
        ]
        for (limits, good, bad) in cases {
            #expect(try self.error(good, limits: limits) == nil, "\(good)")
            let error = try #require(try self.error(bad, limits: limits))
            #expect(error.code == .limit && error.line == 2, "\(bad): \(error)")
        }
        let size = XMLLimits(documentBytes: 8)
        #expect(try self.error("<a>1</a>", limits: size) == nil)
        #expect(try self.error("<a>12</a>", limits: size)?.code == .limit)
    }

    @Test(
        "what is too long is refused before it is held",
        arguments: [("<Note>", "<a>\n<Note>"), ("<!--", "<a>\n<!--"), ("<a b='", "<a>\n<a b='")])
    func long(_ name: String, _ beginning: String) throws {
        let reader = try XMLReader()
        var batch = XMLBatch()
        try reader.read(Array(beginning.utf8), into: &batch)
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 65_536)
        var pieces = 0
        let error = #expect(throws: XMLError.self) {
            while pieces < 160 {
                pieces += 1
                try reader.read(piece, into: &batch)
            }
        }
        #expect(error?.code == .limit && error?.line == 2, "\(name): \(String(describing: error))")
        #expect(pieces <= 20, "\(name)")
    }

    @Test("encodings are read as they are declared, and bytes that are none of theirs are refused")
    func encodings() throws {
        let declared = { (name: String, bytes: [UInt8]) in
            Array("<?xml version='1.0' encoding='\(name)'?>\n<a>".utf8) + bytes + Array("</a>".utf8)
        }
        #expect(try Reading(declared("ISO-8859-1", [0xE9])).lines == ["2 <a", "2 a: é", "2 >a"])
        #expect(try Reading(declared("windows-1252", [0x80])).lines == ["2 <a", "2 a: €", "2 >a"])
        var wide: [UInt8] = [0xFF, 0xFE]
        for unit in "<a>é€</a>".utf16 { wide += [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
        #expect(try Reading(wide).lines == ["1 <a", "1 a: é€", "1 >a"])
        for (name, bytes) in [
            ("UTF-8", [0xE9]), ("UTF-8", [0xC1, 0x81]), ("UTF-8", [0xE0, 0x81, 0x81]), ("windows-1252", [0x81]),
            ("x-none", []),
            ("UTF-7", []),
        ] as [(String, [UInt8])] {
            let error = try #require(try Reading(declared(name, bytes)).error)
            #expect(error.code == .encoding && (1...2).contains(error.line), "\(name) \(bytes): \(error)")
        }
    }

    @Test("no sequence of bytes that is no UTF-8 gets through, in text and in attributes")
    func sequences() throws {
        let edges: [UInt8] = [0x80, 0x81, 0x8F, 0x90, 0x9F, 0xA0, 0xBF]
        for lead in UInt8(0x80)...0xFF {
            for second in edges {
                for tail in [[], [0x81], [0xBF], [0x81, 0x81], [0xBF, 0xBF]] as [[UInt8]] {
                    let bytes = [lead, second] + tail
                    guard String(validating: bytes, as: UTF8.self) == nil else { continue }
                    let text = Array("<a>".utf8) + bytes + Array("</a>".utf8)
                    let attribute = Array("<a b='".utf8) + bytes + Array("'/>".utf8)
                    #expect(try Reading(text).error != nil, "text \(bytes)")
                    #expect(try Reading(attribute).error != nil, "attribute \(bytes)")
                }
            }
        }
    }

    @Test(
        "what is not well formed is one error in one line",
        arguments: [
            "<a>\n\u{0}</a>", "<a>\n\u{1}</a>", "<a>\n&#0;</a>", "<a>\n&#1;</a>", "<a>\n</b>", "<a>\n<b c=1/></a>",
            "<a>\n<b c='1' c='2'/></a>", "<a>\n<x:b/></a>", "<a>\n</a><b/>", "<a>\n</a>text", "<a>\n<b c='<'/></a>",
        ])
    func malformed(_ document: String) throws {
        let error = try #require(try self.error(document))
        #expect(error.code == .malformed && error.line == 2, "\(error)")
        #expect(!error.description.contains { $0.isNewline })
    }
}
