import FileFormats
import Testing

@Suite("Records of CSV")
struct CSVReaderTests {
    struct Read: Hashable {
        var line: Int64
        var offset: Int64
        var fields: [String]
        var fault: String?
    }

    /// Reads a file that comes in pieces.
    static func read(_ pieces: [[UInt8]], delimiter: Character = ",") -> [Read] {
        var reader = CSVReader(FileBuffer(offset: 0, line: 1), delimiter: delimiter.asciiValue ?? 0)
        var record = CSVRecord()
        var all: [Read] = []
        var pieces = pieces[...]
        while true {
            switch reader.next(into: &record) {
            case .end: return all
            case .needsMore:
                if let piece = pieces.popFirst() { reader.buffer.append(piece) } else { reader.buffer.complete() }
            case .record:
                let fields = (0..<record.count).map { String(decoding: record[$0], as: UTF8.self) }
                all.append(
                    Read(line: record.line, offset: record.offset, fields: fields, fault: record.fault?.message))
            }
        }
    }

    private func read(_ text: String, delimiter: Character = ",") -> [[String]] {
        Self.read([Array(text.utf8)], delimiter: delimiter).map { $0.fault.map { ["fault: \($0)"] } ?? $0.fields }
    }

    @Test("fields, quotation marks, empty fields, both ends of lines, and a last line without one")
    func fields() {
        #expect(self.read("a,b\r\n1,2\n") == [["a", "b"], ["1", "2"]])
        #expect(self.read("a,\"b\"\"c\",\"\"\r\n,,\r\n") == [["a", "b\"c", ""], ["", "", ""]])
        #expect(self.read("\"a,\r\nb\",c\nd,e") == [["a,\r\nb", "c"], ["d", "e"]])
        #expect(self.read("a;b\tc", delimiter: ";") == [["a", "b\tc"]])
        #expect(self.read("\"a\"\r") == [["a"]])
        #expect(self.read("a,5\" pipe,b\n") == [["a", "5\" pipe", "b"]])
        #expect(self.read("a,") == [["a", ""]])
        #expect(self.read("") == [])
        #expect(self.read("\n\nx\n") == [[""], [""], ["x"]])
    }

    @Test("a malformed record harms no other")
    func faults() {
        let read = Self.read([Array("a,\"b\nc,d\n\"e\"f,g\nh,i\n".utf8)])
        #expect(read.map(\.line) == [1, 2, 3, 4])
        #expect(read.map(\.fields) == [[], ["c", "d"], [], ["h", "i"]])
        // The mark of the first line is closed by the third one's; what follows it is what is wrong.
        #expect(read[0].fault == "something stands behind a closing quotation mark")
        #expect(read[2].fault == "something stands behind a closing quotation mark")
        let open = Self.read([Array("a,b\n\"c,d\ne,f".utf8)])
        #expect(open.map(\.fields) == [["a", "b"], [], ["e", "f"]])
        #expect(open[1].fault == "a quotation mark is opened and not closed")
        let many = Self.read([Array((String(repeating: ",", count: 2_000) + "\nx\n").utf8)])
        #expect(many.map(\.fault) == ["the row has more than 1024 fields", nil])
    }

    @Test("a line of many mebibytes is passed over in bounded memory, and the next one read")
    func longLine() {
        var reader = CSVReader(FileBuffer(offset: 0, line: 1), delimiter: UInt8(ascii: ","))
        var record = CSVRecord()
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 65_536)
        var faults: [String] = []
        var most = 0
        for number in 0..<400 {
            reader.buffer.append(number == 399 ? Array("\nb,1\n".utf8) : piece)
            while case .record = reader.next(into: &record) { faults.append(record.fault?.message ?? "none") }
            most = max(most, reader.buffer.bytes.count)
        }
        #expect(faults == ["the row has more than 65536 bytes", "none"])
        #expect(record.line == 2 && record.offset == 399 * 65_536 + 1)
        #expect(most <= 3 * 65_536)
    }

    @Test("where a file is cut into pieces makes no difference")
    func splits() {
        let text = "\u{FEFF}sku,n\r\n\"a\r\nb\",1\r\n\"c\"\"d\",\"2\"\r\n\"e\"f,3\n\n\"g,4\nh,5\r\n\"i\",\"6\"\r"
        let bytes = Array(text.utf8)
        let whole = Self.read([bytes])
        #expect(whole.count == 8)
        for first in 0...bytes.count {
            #expect(Self.read([Array(bytes[..<first]), Array(bytes[first...])]) == whole, "cut at \(first)")
        }
        #expect(Self.read(bytes.map { [$0] }) == whole)
    }
}
