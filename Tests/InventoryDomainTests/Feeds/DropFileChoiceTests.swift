import InventoryDomain
import TestSupport
import Testing

@Suite("Which file of a drop folder is taken", .processorBound)
struct DropFileChoiceTests {
    private func file(_ name: String, at seconds: Int64) -> DropFile {
        DropFile(name: name, bytes: 1, modifiedAt: Timestamp(seconds: seconds))
    }

    private func choose(
        _ files: [DropFile], _ completion: FileCompletion = .renamed, isFull: Bool = true, now: Int64 = 1_000
    ) -> DropFileChoice {
        DropFileChoice(
            among: files, pattern: FilePattern("stock-*.csv"), completion: completion, isFull: isFull,
            now: Timestamp(seconds: now))
    }

    @Test("of files that hold all the newest counts, of changes the oldest comes first")
    func order() {
        let files = [self.file("stock-b.csv", at: 2), self.file("stock-c.csv", at: 1), self.file("stock-a.csv", at: 2)]
        let full = self.choose(files)
        #expect(full.taken?.name == "stock-b.csv")
        #expect(full.superseded.map(\.name) == ["stock-c.csv", "stock-a.csv"])
        let changes = self.choose(files, isFull: false)
        #expect(changes.taken?.name == "stock-c.csv" && changes.superseded.isEmpty)
    }

    @Test("hidden files, those under way and markers are never taken, nor what is not meant")
    func passedOver() {
        let names = [
            ".stock-a.csv", "stock-a.csv.tmp", "stock-a.csv.part", "stock-a.csv.filepart", "stock-a.csv.done",
            "other.csv", "stock-a.csv2", "Stock-a.csv",
        ]
        #expect(self.choose(names.map { self.file($0, at: 1) }).taken == nil)
        let all = DropFileChoice(
            among: names.map { self.file($0, at: 1) }, pattern: FilePattern("*"), completion: .renamed, isFull: true,
            now: Timestamp(seconds: 9))
        #expect(
            Set(all.superseded.map(\.name) + [all.taken?.name ?? ""]) == ["other.csv", "stock-a.csv2", "Stock-a.csv"])
    }

    @Test("a file is complete when it has settled, or when its marker is there")
    func completion() {
        let file = self.file("stock-a.csv", at: 940)
        #expect(self.choose([file], .settled(seconds: 60)).taken == file)
        #expect(self.choose([file], .settled(seconds: 61)).taken == nil)
        #expect(self.choose([file], .marker).taken == nil)
        #expect(self.choose([file, self.file("stock-b.csv.done", at: 941)], .marker).taken == nil)
        #expect(self.choose([file, self.file("stock-a.csv.done", at: 941)], .marker).taken == file)
    }

    @Test("patterns match as a search of all possibilities does")
    func patterns() {
        func matches(_ pattern: Substring, _ name: Substring) -> Bool {
            guard let first = pattern.first else { return name.isEmpty }
            if first == "*" {
                return matches(pattern.dropFirst(), name) || (!name.isEmpty && matches(pattern, name.dropFirst()))
            }
            return !name.isEmpty && (first == "?" || first == name.first)
                && matches(pattern.dropFirst(), name.dropFirst())
        }
        var random = SeededGenerator(seed: testSeed())
        for _ in 0..<20_000 {
            let pattern = String(
                (0..<Int.random(in: 0...6, using: &random)).map { _ in "ab*?".randomElement(using: &random) ?? "a" })
            let name = String(
                (0..<Int.random(in: 0...8, using: &random)).map { _ in "ab".randomElement(using: &random) ?? "a" })
            #expect(FilePattern(pattern).matches(name) == matches(pattern[...], name[...]), "\(pattern) \(name)")
        }
        // What costs a naive search more than the age of the universe.
        #expect(!FilePattern(String(repeating: "*a", count: 60) + "b").matches(String(repeating: "a", count: 200)))
    }
}
