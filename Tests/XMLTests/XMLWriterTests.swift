import Testing
import XML

@Suite("XML is written piece by piece")
struct XMLWriterTests {
    @Test("elements are indented, and what has text stands in one line")
    func indented() throws {
        var writer = XMLWriter()
        try writer.start("ACES")
        try writer.attribute("version", "4.2")
        try writer.start("App")
        try writer.element("Note", "a < b & c > d")
        try writer.start("Part")
        try writer.end()
        try writer.end()
        try writer.end()
        let text = String(decoding: writer.drain(), as: UTF8.self)
        #expect(
            text == """
                <?xml version="1.0" encoding="UTF-8"?>
                <ACES version="4.2">
                  <App>
                    <Note>a &lt; b &amp; c &gt; d</Note>
                    <Part/>
                  </App>
                </ACES>

                """)
        #expect(writer.byteCount == 0)
    }

    @Test("what is written is read back, with all line ends and quotes")
    func roundTrip() throws {
        let value = "a\"'<>&\r\n\tb é😀 ]]>"
        var writer = XMLWriter(isIndented: false)
        try writer.start("a")
        try writer.attribute("b", value)
        try writer.text(value)
        try writer.end()
        let reader = try XMLReader(names: ["a", "b"])
        var batch = XMLBatch()
        try reader.read(writer.drain(), into: &batch)
        var last = XMLBatch()
        try reader.complete(into: &last)
        let events = batch.events.isEmpty ? last : batch
        #expect(events.attribute(1, of: events.events[0]) == value)
        #expect(events.string(events.events[1]) == value)
    }

    @Test(
        "what XML cannot carry is refused, and nothing of it is written", arguments: ["\u{0}", "a\u{1F}", "\u{FFFE}"])
    func unwritable(_ text: String) throws {
        var writer = XMLWriter()
        try writer.start("a")
        let count = writer.byteCount
        for write in [
            { (writer: inout XMLWriter) throws in try writer.text(text) }, { try $0.attribute("b", text) },
            { try $0.element("b", text) }, { try $0.start("b c") }, { try $0.start("") }, { try $0.attribute("1", "") },
        ] {
            let error = #expect(throws: XMLError.self) { try write(&writer) }
            #expect(error?.code == .unwritable && writer.byteCount == count)
        }
    }

    @Test("elements in a wrong order are refused")
    func order() throws {
        var writer = XMLWriter()
        #expect(throws: XMLError.self) { try writer.end() }
        #expect(throws: XMLError.self) { try writer.text("a") }
        try writer.start("a")
        try writer.attribute("b", "")
        #expect(throws: XMLError.self) { try writer.attribute("b", "") }
        try writer.text("a")
        #expect(throws: XMLError.self) { try writer.attribute("c", "") }
        try writer.end()
        #expect(throws: XMLError.self) { try writer.start("a") }
    }
}
