import ProtobufC
import TestSupport
import Testing

@Suite("Text pattern")
struct TextPatternTests {
    @Test(
        "the whole text must match",
        arguments: [
            ("", [""], ["a"]),
            ("abc", ["abc"], ["", "ab", "abcd", "xabc", "ABC"]),
            ("[A-Z]{2,3}-[0-9]+", ["AB-1", "ABC-0123"], ["A-1", "ABCD-1", "AB-", "AB-1x", "xAB-1"]),
            ("^a$", ["a"], ["", "aa", "^a$"]),
            ("a|bc|", ["a", "bc", ""], ["b", "abc"]),
            ("(ab)*", ["", "ab", "abab"], ["a", "aba"]),
            ("(?:a|b)+c?", ["a", "bac"], ["c", ""]),
            ("a{3}", ["aaa"], ["aa", "aaaa"]),
            ("a{2,}", ["aa", "aaaaa"], ["a"]),
            ("a{0}b", ["b"], ["ab"]),
            ("(a?){3}", ["", "a", "aa", "aaa"], ["aaaa"]),
            (".", ["a", "é", "火", "🔧"], ["", "\n", "ab"]),
            (".{2}", ["火花", "🔧a"], ["火", "花花花"]),
            ("[^,]", ["a", "é", "火", "🔧", "\n"], [",", "", "ab"]),
            ("é+", ["é", "éé"], ["e", "\u{e9}\u{301}"]),
            (#"\d\w\s"#, ["1_ ", "0Z\t"], ["a_ ", "1- ", "1__"]),
            (#"\D\W\S"#, ["a-b", "火花🔧"], ["1-b", "aab", "a- "]),
            (#"\.\\\[\-\/"#, [#".\[-/"#], [#"x\[-/"#]),
            (#"[\d.\-\]]+"#, ["1.-]"], ["a"]),
            ("[a-]", ["a", "-"], ["b"]),
            ("[-a]", ["a", "-"], ["b"]),
            ("[.*+?(){}|$^]+", [".*+?(){}|$^"], ["a"]),
            (#"\n\r\t"#, ["\n\r\t"], ["nrt"]),
        ])
    func matches(_ pattern: String, _ matching: [String], _ others: [String]) throws {
        let compiled = try TextPattern(pattern)
        for text in matching { #expect(compiled.matches(text), "\(pattern) must match \(text)") }
        for text in others { #expect(!compiled.matches(text), "\(pattern) must not match \(text)") }
    }

    @Test(
        "a pattern that is not valid is refused, with the place",
        arguments: [
            ("(a", 2), ("a)", 1), ("[a", 2), ("[]", 1), ("[b-a]", 4), ("*a", 0), ("a**", 2), ("a{", 2), ("a{1", 3),
            ("a{2,1}", 5),
            ("a{1025}", 5), ("a^b", 1), ("a$b", 1), ("}", 0), ("]", 0), (#"\"#, 1), (#"\q"#, 1), (#"\é"#, 1),
            ("(?=a)", 1),
            ("[é]", 1), ("[[a]", 1), (#"[\D]"#, 2), (#"[a-\d]"#, 5), ("a|*", 2), ("a+?", 2),
        ])
    func refuses(_ pattern: String, _ offset: Int) {
        let error = #expect(throws: TextPatternError.self) { try TextPattern(pattern) }
        #expect(error?.offset == offset, "\(pattern): \(error.map(\.description) ?? "")")
    }

    @Test("a pattern that is too large or too deep is refused, at once")
    func refusesTooLarge() throws {
        #expect(throws: TextPatternError.self) { try TextPattern("(a{100}){100}") }
        #expect(throws: TextPatternError.self) { try TextPattern("((((a{0,1024}){0,1024}){0,1024}){0,1024}){0,1024}") }
        #expect(throws: TextPatternError.self) { try TextPattern(String(repeating: "(", count: 10_000)) }
        // Nothing, repeated without end, has no positions.
        #expect(try TextPattern("(((){1024}){1024}){1024}").matches(""))
        #expect(try TextPattern("a{1024}").matches(String(repeating: "a", count: 1_024)))
        let deepest = String(repeating: "(", count: 32) + "a" + String(repeating: ")", count: 32)
        #expect(try TextPattern(deepest).matches("a"))
    }

    @Test(
        "matching takes time linear in the text, whatever the pattern", .timeLimit(.minutes(1)),
        arguments: [
            "(a*)*b", "(a|a)*b", "(a?){60}a{60}", "(a+a+)+b", "((a|ab)(b|))*c",
        ])
    func isLinear(_ pattern: String) throws {
        let compiled = try TextPattern(pattern)
        #expect(!compiled.matches(String(repeating: "a", count: 20_000)))
    }

    @Test("random patterns match the same texts as Python's regular expressions")
    func agreesWithPython() throws {
        var source = PatternSource(generator: SeededGenerator(seed: testSeed()))
        var cases: [(pattern: TextPattern, text: String)] = []
        for _ in 0..<2_000 {
            let pattern = try TextPattern(source.pattern(depth: 3))
            for _ in 0..<8 { cases.append((pattern, source.text())) }
        }
        let input = cases.map { "\(Array($0.pattern.source.utf8).hexadecimal) \(Array($0.text.utf8).hexadecimal)" }
        let answers = try Python.run("Tests/Python/match_patterns.py", [], input: input)
        try #require(answers.count == cases.count)
        var (matchCount, comparedCount) = (0, 0)
        for ((pattern, text), answer) in zip(cases, answers) {
            let isMatch = pattern.matches(text)
            matchCount += isMatch ? 1 : 0
            guard answer != "slow" else { continue }
            if (isMatch ? "yes" : "no") != answer {
                Issue.record("\(pattern.source) with \(text.debugDescription): Python says \(answer)")
            }
            comparedCount += 1
        }
        #expect(comparedCount > cases.count * 9 / 10)
        // Both answers must be common, or the comparison says little.
        #expect(matchCount > cases.count / 20 && matchCount < cases.count * 19 / 20, "\(matchCount) of \(cases.count)")
    }
}

/// Makes random patterns, and texts of the characters that these are about.
private struct PatternSource {
    var generator: SeededGenerator

    private mutating func choose<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &self.generator)]
    }

    mutating func pattern(depth: Int) -> String {
        let branches = (0..<self.choose([1, 1, 1, 2])).map { _ in
            (0..<Int.random(in: 0...3, using: &self.generator)).map { _ in self.piece(depth: depth) }.joined()
        }
        return branches.joined(separator: "|")
    }

    private mutating func piece(depth: Int) -> String {
        let atom: String
        if depth > 0, Int.random(in: 0..<3, using: &self.generator) == 0 {
            atom = self.choose(["(", "(?:"]) + self.pattern(depth: depth - 1) + ")"
        } else {
            atom = self.choose([
                "a", "b", "1", "é", "🔧", ".", "[ab]", "[^a]", "[a-c1-3]", #"\d"#, #"\w"#, #"\s"#, #"\D"#, #"\W"#,
                #"\S"#,
                #"\."#, #"[\d_-]"#, #"[^\s]"#, "-", " ",
            ])
        }
        return atom + self.choose(["", "", "", "?", "*", "+", "{2}", "{0,2}", "{1,}", "{0}"])
    }

    mutating func text() -> String {
        (0..<Int.random(in: 0...7, using: &self.generator)).map { _ in
            self.choose(["a", "a", "b", "1", "é", "🔧", ".", "_", "-", " ", "\n", "c"])
        }.joined()
    }
}
