import Testing

@testable import XML

/// A document as one line for each event, and the failure.
struct Reading: Equatable {
    var lines: [String] = []
    var error: XMLError?

    init(_ document: [UInt8], pieces: Int = .max, limits: XMLLimits = XMLLimits(), blockBytes: Int = 65_536) throws {
        let reader = try XMLReader(names: ["ACES", "App"], limits: limits, blockBytes: blockBytes)
        var batch = XMLBatch()
        do throws(XMLError) {
            var rest = document[...]
            while !rest.isEmpty {
                defer { self.append(batch, reader) }
                let piece = Array(rest.prefix(pieces))
                rest = rest.dropFirst(pieces)
                try reader.read(piece, into: &batch)
            }
            defer { self.append(batch, reader) }
            try reader.complete(into: &batch)
        } catch {
            self.error = error
            // Behind a failure it is told again, and nothing else.
            let again = #expect(throws: XMLError.self) { try reader.complete(into: &batch) }
            #expect(again == error)
        }
    }

    init(_ document: String, limits: XMLLimits = XMLLimits()) throws {
        try self.init(Array(document.utf8), limits: limits)
    }

    private mutating func append(_ batch: XMLBatch, _ reader: XMLReader) {
        for event in batch.events {
            let name = reader.name(event.name) ?? "?"
            switch event.kind {
            case .start:
                let attributes = batch.attributes(of: event).map {
                    " \(reader.name($0.name) ?? "?")=\(batch.string($0))"
                }
                let namespace = reader.name(event.namespace).map { " {\($0)}" } ?? ""
                self.lines.append("\(event.line) <\(name)\(namespace)\(attributes.joined())")
            case .text: self.lines.append("\(event.line) \(name): \(batch.string(event))")
            case .end: self.lines.append("\(event.line) >\(name)")
            }
        }
    }
}

@Suite("XML is read piece by piece")
struct XMLReaderTests {
    static let document = """
        <?xml version="1.0" encoding="UTF-8"?>
        <!-- a comment -->
        <ACES version="3.1" xmlns="urn:a" xmlns:x="urn:b">
          <App action="A" id="1" x:note="a&quot;b"><Qty>1</Qty><Part/></App>
          <Note><![CDATA[<raw> & ]]>Größe &amp; &#x20AC; 😀 &lt;</Note><Blank>  </Blank>
        </ACES>

        """

    @Test("elements, attributes and text come in order with their lines")
    func events() throws {
        let reading = try Reading(Self.document)
        #expect(reading.error == nil)
        #expect(
            reading.lines == [
                "3 <ACES {urn:a} version=3.1", "4 <App {urn:a} action=A id=1 note=a\"b", "4 <Qty {urn:a}", "4 Qty: 1",
                "4 >Qty", "4 <Part {urn:a}", "4 >Part", "4 >App", "5 <Note {urn:a}", "5 Note: <raw> & Größe & € 😀 <",
                "5 >Note", "5 <Blank {urn:a}", "5 Blank:   ", "5 >Blank", "6 >ACES",
            ])
    }

    @Test("known names have their index as their number, and values are found by it")
    func names() throws {
        let reader = try XMLReader(names: ["App", "id", "App"])
        var batch = XMLBatch()
        try reader.complete(#"<App id="7" other="8">t</App>"#, into: &batch)
        #expect(batch.events.map(\.name) == [0, 0, 0])
        #expect(batch.attribute(1, of: batch.events[0]) == "7")
        #expect(batch.attribute(0, of: batch.events[0]) == nil)
        #expect(batch.text(batch.events[1]).count == 1 && batch.text(batch.events[0]).isEmpty)
        #expect(reader.name(3) == "other" && reader.name(4) == nil && reader.name(-1) == nil)
    }

    @Test("wherever the document and the parser's blocks are cut, the events are the same")
    func cuts() throws {
        let bytes = Array(Self.document.utf8)
        let whole = try Reading(bytes)
        for size in 1...bytes.count { #expect(try Reading(bytes, pieces: size) == whole, "\(size)") }
        for size in 1...bytes.count { #expect(try Reading(bytes, blockBytes: size) == whole, "block \(size)") }
    }

    @Test("a document that ends early is told as such, wherever it ends")
    func truncated() throws {
        let bytes = Array(Self.document.utf8)
        let whole = try Reading(bytes).lines
        for length in 0..<(bytes.count - 2) {
            let reading = try Reading(Array(bytes.prefix(length)))
            #expect(reading.error?.code == .truncated, "\(length): \(String(describing: reading.error))")
            #expect(whole.starts(with: reading.lines), "\(length)")
        }
    }

    @Test("no damage makes the reader stop the process", arguments: [UInt64(1), 2, 3])
    func mutations(_ seed: UInt64) throws {
        var state = seed
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        for round in 0..<700 {
            var bytes = Array(Self.document.utf8)
            for _ in 0...random(4) { bytes[random(bytes.count)] = UInt8(random(256)) }
            if random(3) == 0 { bytes.removeSubrange(random(bytes.count)...) }
            let reading = try Reading(bytes)
            #expect(try Reading(bytes, pieces: 1 + random(50)) == reading, "seed \(seed), round \(round)")
            _ = try Reading(bytes, blockBytes: 1 + random(50))
            if let error = reading.error {
                #expect(error.line >= 1 && !error.description.contains { $0.isNewline }, "\(error)")
            }
        }
    }
}

extension XMLReader {
    /// Reads a whole document of one block.
    func complete(_ document: String, into batch: inout XMLBatch) throws(XMLError) {
        try self.read(Array(document.utf8), into: &batch)
        try self.complete(into: &batch)
    }
}
