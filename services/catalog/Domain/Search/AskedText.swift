/// What a word of a question stands for among the words of a brand's products.
public struct WordMeaning: Equatable, Sendable {
    /// The most words that a query names instead of a word that they begin with.
    public static let maximumWords = 32

    /// Whether it is so common in the language that it tells nothing: "for", "the".
    public let isStopWord: Bool
    /// The words that begin with it, ascending; more than ``maximumWords`` where not all are listed.
    public let beginnings: [String]
    /// The words with the same stem.
    public let relatives: [String]

    /// Makes a meaning.
    public init(isStopWord: Bool, beginnings: [String], relatives: [String]) {
        self.isStopWord = isStopWord
        self.beginnings = beginnings
        self.relatives = relatives
    }

    /// Whether no product has it, in whatever form.
    var isUnknown: Bool { !self.isStopWord && self.beginnings.isEmpty && self.relatives.isEmpty }
}

/// A text that is searched for, with what its words stand for.
public struct AskedText: Equatable, Sendable {
    private var runs: [SearchWords.Run]
    private var meanings: [String: WordMeaning] = [:]
    /// Whether words were replaced.
    public private(set) var isCorrected = false

    /// The words of a text, nothing known of them.
    public init(_ text: String) { self.runs = SearchWords.runs(of: text) }

    /// All words, and the runs that may be meant as one.
    public var words: [String] { self.runs.flatMap { run in run.words + (run.whole.map { [$0] } ?? []) } }

    /// The text as it was understood.
    public var text: String { self.runs.map { $0.words.joined(separator: "-") }.joined(separator: " ") }

    /// The words whose meanings are not known yet and can be asked for, each once, ascending.
    public var lookedUp: [String] {
        Set(self.runs.flatMap(\.words).filter { SearchWords.isPlain($0) && self.meanings[$0] == nil }).sorted()
    }

    /// Says what words stand for.
    public mutating func add(_ meanings: [String: WordMeaning]) {
        self.meanings.merge(meanings) { _, new in new }
    }

    /// The words that no product has and that may be misspelt, each once, ascending.
    public var unknown: [String] {
        Set(self.runs.filter { $0.whole == nil }.flatMap(\.words).filter(self.isMisspelt)).sorted()
    }

    /// Replaces each unknown word by the nearest of its candidates where one is near enough.
    public mutating func correct(by candidates: [String: [String]]) {
        for place in self.runs.indices where self.runs[place].whole == nil {
            for (index, word) in self.runs[place].words.enumerated() where self.isMisspelt(word) {
                guard let near = candidates[word], let known = Misspelling.correction(of: word, among: near) else {
                    continue
                }
                self.runs[place].words[index] = known
                self.isCorrected = true
            }
        }
    }

    private func isMisspelt(_ word: String) -> Bool {
        word.count >= Misspelling.minimumLength && SearchWords.isPlain(word) && self.meanings[word]?.isUnknown == true
    }
}

// MARK: - Queries

extension AskedText {
    /// What matches, as PostgreSQL reads it under the configuration `simple`; empty: there are no words.
    ///
    /// All words are asked for, but for those that tell nothing as long as there are others. Where it is known which words
    /// begin with one, these are named instead of the beginning: an index finds what has several words sooner that way.
    /// Words are letters and digits alone, so what stands between quotes can hold none of the parser's operators.
    public var query: String {
        self.runs.compactMap { run -> String? in
            let words = run.words.filter(self.counts).map(self.term).joined(separator: " & ")
            guard let whole = run.whole else { return words.isEmpty ? nil : words }
            return words.isEmpty ? Self.beginning(whole) : "((\(words)) | \(Self.beginning(whole)))"
        }.joined(separator: " & ")
    }

    /// What has any of the words as they were written, by which that counts more.
    public var exactQuery: String { self.words.filter(self.counts).map(Self.exact).joined(separator: " | ") }

    private func counts(_ word: String) -> Bool {
        self.meanings[word]?.isStopWord != true || self.runs.allSatisfy { $0.words.allSatisfy(self.isStopWord) }
    }

    private func isStopWord(_ word: String) -> Bool { self.meanings[word]?.isStopWord == true }

    private func term(_ word: String) -> String {
        // Shorter words are not kept with the others.
        guard let meaning = self.meanings[word], !meaning.isUnknown, word.count >= SearchWords.minimumKeptLength else {
            return Self.beginning(word)
        }
        let areAllListed = meaning.beginnings.count <= WordMeaning.maximumWords
        let others = areAllListed ? meaning.beginnings + meaning.relatives : meaning.relatives
        let terms = (areAllListed ? [] : [Self.beginning(word)]) + Set(others).sorted().map(Self.exact)
        return terms.count == 1 ? terms[0] : "(\(terms.joined(separator: " | ")))"
    }

    private static func beginning(_ word: String) -> String { "'\(word)':*" }

    private static func exact(_ word: String) -> String { "'\(word)'" }
}
