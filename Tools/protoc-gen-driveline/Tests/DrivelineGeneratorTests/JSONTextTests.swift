import Foundation
import Testing

@testable import APIReference

@Suite("JSON is written in order, and markup is escaped")
struct JSONTextTests {
    @Test("What is short stays on a line, what is long is indented, and order is kept")
    func lines() {
        let value: JSONValue = ["b": [1, 2], "a": ["long": .text(String(repeating: "x", count: 20)), "more": [:]]]
        #expect(
            value.text(columns: 20)
                == "{\n  \"b\": [1, 2],\n  \"a\": {\n    \"long\": \"xxxxxxxxxxxxxxxxxxxx\",\n    \"more\": {}\n  }\n}")
        #expect(value["a"]?.compactText == #"{"long":"xxxxxxxxxxxxxxxxxxxx","more":{}}"#)
    }

    @Test("Any text is read back as it was")
    func texts() throws {
        let text = "\"\\\u{0}\n\t\u{7F}</script>é😀\u{2028}"
        let data = Data(JSONValue.list([.text(text), .integer(.init(UInt64.max)), .null]).text().utf8)
        let read = try #require(try JSONSerialization.jsonObject(with: data) as? [Any])
        #expect(read[0] as? String == text)
        #expect(read[1] as? UInt64 == .max)
    }

    @Test("Members are changed in their place, and added behind")
    func members() {
        var object: JSONObject = ["a": 1, "b": 2]
        object["a"] = 3
        object["c"] = 4
        object["b"] = nil
        #expect(JSONValue.object(object).compactText == #"{"a":3,"c":4}"#)
    }

    @Test("Text that looks like markup stays text")
    func escaping() {
        let text = "<b a=\"1\">&"
        #expect("<p>\(text)</p>" as HTML == "<p>&lt;b a=&quot;1&quot;&gt;&amp;</p>")
        #expect(HTML.inline("a `<` b").text == "a <code>&lt;</code> b")
        // A combining character makes one character of both, and the browser does not care.
        #expect(("\("<\u{338}script>")" as HTML).text == "&lt;\u{338}script&gt;")
    }

    @Test("The first sentence ends at a full stop with a space behind it")
    func sentences() {
        #expect("Stock of 1.5 units. More.".firstSentence == "Stock of 1.5 units")
        #expect("Stock of 1.5 units. More.".behindFirstSentence == "More.")
        #expect("No stop".firstSentence == "No stop" && "No stop".behindFirstSentence.isEmpty)
    }
}
