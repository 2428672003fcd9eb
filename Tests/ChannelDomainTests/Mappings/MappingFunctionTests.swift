import ChannelMessages
import FileFormats
import TestSupport
import Testing

@testable import ChannelDomain

@Suite("What the functions of mappings make of values", .processorBound)
struct MappingFunctionTests {
    @Test(
        "one text",
        arguments: [
            (Transform("trim"), "  a b \n", "a b"), (Transform("upper"), "straße", "STRASSE"),
            (Transform("lower"), "ÄB", "äb"), (Transform("prefix", "No. "), "7", "No. 7"),
            (Transform("suffix", " mm"), "280", "280 mm"), (Transform("replace", "aa", "b"), "aaaaa", "bba"),
            (Transform("replace", "-", ""), "1-2-3", "123"), (Transform("truncate", "4"), "abc défg", "abc"),
            (Transform("truncate", "5"), "abc défg", "abc d"), (Transform("default", "none"), "x", "x"),
            (Transform("lookup", "a", "1", "b", "2"), "b", "2"), (Transform("lookup", "a", "1", "other"), "q", "other"),
            (Transform("round", "2"), "17.456", "17.46"), (Transform("round", "0"), "2.5", "3"),
            (Transform("round", "2"), "-0.005", "-0.01"), (Transform("round", "2"), "3", "3.00"),
            (Transform("multiply", "25.4"), "1.5", "38.1"), (Transform("multiply", "-2"), "1.25", "-2.5"),
            (Transform("html-escape"), #"<a href="x">'&"#, "&lt;a href=&quot;x&quot;&gt;&#39;&amp;"),
            (Transform("strip-html"), "<p>Quiet &amp; strong.</p><b>Cera</b>mic.", "Quiet & strong. Ceramic."),
            (
                Transform("strip-html"), "a<br/>b<script>evil()</script> c<!-- x -->d 3 < 4 &copy; &lt;i&gt;",
                "a b c d 3 < 4 &copy; <i>"
            ),
            (Transform("join", ","), "a", "a"), (Transform("first"), "a", "a"),
            (Transform("split", ","), "a,b,,c", #"["a","b","c"]"#),
        ])
    func one(_ transform: Transform, _ text: String, _ wanted: String) throws {
        #expect(try MappingSample.value("", [transform], constant: text) == wanted)
    }

    @Test("several texts are joined, or the first is taken; other functions make something of each")
    func several() throws {
        let images = "images[*]"
        #expect(try MappingSample.value(images, [Transform("first")]) == "https://a.example/1.jpg")
        #expect(try MappingSample.value("fitments[*].vehicle.make", [Transform("join", "; ")]) == "Toyota; Lexus")
        #expect(
            try MappingSample.value("fitments[*].vehicle.make", [Transform("upper"), Transform("join", "/")])
                == "TOYOTA/LEXUS")
        #expect(
            try MappingSample.value("fitments[*].vehicle.make", [Transform("lookup", "Lexus", "L")]) == #"["L"]"#)
        #expect(
            try MappingSample.value("name", [Transform("split", " "), Transform("first"), Transform("lower")])
                == "brake")
    }

    @Test("where there is no value, default gives one, and nothing else does")
    func absent() throws {
        #expect(try MappingSample.value("nothing", [Transform("default", "x"), Transform("upper")]) == "X")
        #expect(try MappingSample.value("nothing", [Transform("upper"), Transform("join", ",")]) == nil)
        #expect(try MappingSample.value("name", [Transform("lookup", "a", "b"), Transform("default", "c")]) == "c")
        #expect(try MappingSample.value("name", [Transform("lookup", "a", "b")]) == nil)
        #expect(try MappingSample.value("", [Transform("trim"), Transform("default", "d")], constant: "  ") == "d")
    }

    @Test(
        "arguments that are too few, too many or no numbers are named",
        arguments: [
            (Transform("trim", "x"), "arguments"), (Transform("prefix"), "arguments"),
            (Transform("prefix", ""), "arguments[0]"), (Transform("replace", "a"), "arguments"),
            (Transform("replace", "a", "b", "c"), "arguments"), (Transform("truncate", "0"), "arguments[0]"),
            (Transform("truncate", "1e3"), "arguments[0]"), (Transform("lookup", "a"), "arguments"),
            (Transform("lookup", "a", "1", "a", "2"), "arguments[2]"), (Transform("round", "7"), "arguments[0]"),
            (Transform("multiply", "1,5"), "arguments[0]"), (Transform("split", ""), "arguments[0]"),
            (Transform("shout"), "function"), (Transform(""), "function"),
        ])
    func arguments(_ transform: Transform, _ field: String) {
        let faults = MappingSample.faults(MappingRule(target: "t", source: "name", transforms: [transform]))
        #expect(faults.keys.sorted() == ["rules[0].transforms[0].\(field)"])
    }

    @Test("what needs a number and gets none is a problem that says so")
    func numbers() throws {
        for (function, text) in [("round", "abc"), ("multiply", "9000000000000")] {
            let rule = MappingRule(target: "t", constant: text, transforms: [Transform(function, "6")])
            let result = try MappingProgram([rule]).run(on: .object([]))
            if function == "round" || result.values.isEmpty {
                #expect(result.values.isEmpty && result.problems.first?.contains(function) == true, "\(result)")
            }
        }
    }

    @Test("replacing is the same as the naive way, for random texts of few letters")
    func replacing() throws {
        var generator = SeededRandom.make()
        for _ in 0..<2_000 {
            let text = generator.text(of: "ab", upTo: 24)
            let find = generator.text(of: "ab", upTo: 4)
            guard !find.isEmpty else { continue }
            #expect(ByteSearch(find).parts(of: text) == Self.naiveParts(of: text, find), "\(text) \(find)")
        }
    }

    private static func naiveParts(of text: String, _ find: String) -> [String] {
        var parts: [String] = []
        var (rest, part) = (Substring(text), "")
        while !rest.isEmpty {
            if rest.hasPrefix(find) {
                parts.append(part)
                part = ""
                rest = rest.dropFirst(find.count)
            } else {
                part.append(rest.removeFirst())
            }
        }
        return parts + [part]
    }
}
