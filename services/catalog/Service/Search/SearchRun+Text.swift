internal import CatalogDomain
internal import CatalogMessages
internal import Postgres
internal import RPC

extension SearchRun {
    /// The text, with what its words stand for; those that no product has are corrected to the nearest that one has.
    /// Nil: no text was given.
    func askedText() async throws -> AskedText? {
        guard !self.request.text.isEmpty else { return nil }
        var text = AskedText(self.request.text)
        let count = text.words.count
        guard count <= ProductSearch.maximumWords else {
            throw RPCError(field: "text", "has \(count) words", expected: "at most \(ProductSearch.maximumWords)")
        }
        text.add(try await self.meanings(of: text.lookedUp))
        let unknown = text.unknown
        guard !unknown.isEmpty else { return text }
        text.correct(by: try await self.candidates(for: unknown))
        if text.isCorrected { text.add(try await self.meanings(of: text.lookedUp)) }
        return text
    }

    private func meanings(of words: [String]) async throws -> [String: WordMeaning] {
        guard !words.isEmpty else { return [:] }
        var meanings: [String: WordMeaning] = [:]
        for row in try await self.pool.query(Self.meanings, self.brand, words) {
            let (word, isStopWord, beginnings, relatives) = try row.decode(
                String.self, Bool.self, [String].self, [String].self)
            meanings[word] = WordMeaning(isStopWord: isStopWord, beginnings: beginnings, relatives: relatives)
        }
        return meanings
    }

    /// The words of the vocabulary that are like some.
    private func candidates(for words: [String]) async throws -> [String: [String]] {
        var candidates: [String: [String]] = [:]
        for row in try await self.pool.query(Self.likeWords, self.brand, words) {
            let (word, candidate) = try row.decode(String.self, String.self)
            candidates[word, default: []].append(candidate)
        }
        return candidates
    }

    /// What words stand for: whether they are too common to tell anything, the words of the vocabulary that begin with
    /// them, and those with the same stem. Beginnings are one more than ``WordMeaning/maximumWords`` where there are more.
    private static let meanings = PostgresStatement(
        """
        select asked.word, ts_lexize('pg_catalog.english_stem', asked.word) = '{}',
            array(
                select w.word from search_word w
                where w.brand_id = $1 and w.word >= asked.word and w.word < asked.word || chr(1114111)
                order by w.word limit 33),
            array(
                select w.word from search_word w
                where w.brand_id = $1 and (ts_lexize('pg_catalog.english_stem', w.word))[1]
                    = (ts_lexize('pg_catalog.english_stem', asked.word))[1]
                order by w.word limit 32)
        from unnest($2::text[]) as asked (word)
        """,
        readOnly: true)

    private static let likeWords = PostgresStatement(
        """
        select asked.word, near.word from unnest($2::text[]) as asked (word),
            lateral (
                select w.word from search_word w where w.brand_id = $1 and w.word % asked.word
                order by similarity(w.word, asked.word) desc, w.word limit 50
            ) near
        """,
        readOnly: true)
}
