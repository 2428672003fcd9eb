import TestSupport
import Testing

@testable import APIKeys
@testable import IdentityDomain

@Suite("The text of API keys")
struct APIKeyTests {
    private static func key(seed: UInt64) -> APIKey {
        var generator = SeededGenerator(seed: seed)
        return APIKey(milliseconds: 1_764_000_000_000, using: &generator)
    }

    @Test("a key's text is read back as the same key, and always has the same length")
    func roundTrip() throws {
        let seed = testSeed()
        for offset in 0..<500 {
            let key = Self.key(seed: seed &+ UInt64(offset))
            #expect(key.text.utf8.count == APIKey.length)
            #expect(key.text.hasPrefix(APIKey.publicPart(of: key.id)))
            #expect(try APIKey(key.text) == key)
        }
    }

    // Keys that were given out must be understood for ever. Python's zlib.crc32 and uuid gave the same numbers.
    @Test("the format never changes")
    func stable() throws {
        let text = Self.key(seed: 1).text
        #expect(text == Self.stableText)
        #expect(try APIKey(text).id.description == Self.stableID)
        #expect(CRC32.checksum("123456789".utf8) == 0xCBF4_3926)
    }

    @Test("every wrong character is found, wherever it stands")
    func wrongCharacters() {
        let text = Array(Self.key(seed: testSeed()).text.utf8)
        for index in text.indices {
            for character in Array("0Az9_- \u{7F}".utf8) + [0] where character != text[index] {
                var wrong = text
                wrong[index] = character
                #expect(throws: APIKey.Fault.self) { try APIKey(String(decoding: wrong, as: UTF8.self)) }
            }
        }
    }

    @Test("two neighbours that changed places are found")
    func swappedCharacters() {
        let text = Array(Self.key(seed: testSeed()).text.utf8)
        for index in text.indices.dropLast() where text[index] != text[index + 1] {
            var wrong = text
            wrong.swapAt(index, index + 1)
            #expect(throws: APIKey.Fault.self) { try APIKey(String(decoding: wrong, as: UTF8.self)) }
        }
    }

    @Test("texts of another length, another prefix, or numbers that are too large are no keys")
    func otherTexts() {
        let text = Self.key(seed: 2).text
        for count in 0..<text.utf8.count {
            #expect(throws: APIKey.Fault.notAKey) { try APIKey(String(text.prefix(count))) }
        }
        let large = APIKey.prefix + String(repeating: "z", count: APIKey.length - APIKey.prefix.utf8.count)
        for other in [text + "0", "dl_test_" + text.dropFirst(8), large, String(repeating: "x", count: 1_000_000)] {
            #expect(throws: APIKey.Fault.notAKey) { try APIKey(other) }
        }
    }

    @Test("neither printing nor dumping a key shows its secret")
    func description() {
        let key = Self.key(seed: 3)
        let secret = key.text.dropFirst(APIKey.publicPart(of: key.id).count).prefix(20)
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), "\([key])", dumped] { #expect(!text.contains(secret)) }
        #expect("\(key)".hasPrefix(APIKey.prefix))
    }

    @Test("an id leads to the bucket of its row, in each of its forms")
    func ids() throws {
        var generator = SeededGenerator(seed: testSeed())
        var buckets: Set<Int16> = []
        for _ in 0..<2_000 {
            let id = KeyID(milliseconds: 1_764_000_000_000, using: &generator)
            #expect(KeyID(id.description) == id)
            #expect(KeyID(id.description.uppercased()) == id)
            #expect((0..<64).contains(id.bucketNumber))
            #expect(id.high >> 16 == 1_764_000_000_000 && id.high >> 12 & 0xF == 7 && id.low >> 62 == 2)
            buckets.insert(id.bucketNumber)
        }
        #expect(buckets.count == 64)
        for text in ["", "x", "0190f5d88c0070008000000000000000", "0190f5d8-8c00-7000-8000-00000000000g"] {
            #expect(KeyID(text) == nil)
        }
    }

    @Test("digests are compared in one way only, which looks at every byte")
    func digests() throws {
        #expect(!(SecretDigest.self is any Equatable.Type))
        let digest = Self.key(seed: 4).digest
        for index in 0..<SecretDigest.byteCount {
            var bytes = digest.bytes
            bytes[index] ^= 1
            #expect(try !digest.isSame(as: #require(SecretDigest(stored: bytes))))
        }
        #expect(try digest.isSame(as: #require(SecretDigest(stored: digest.bytes))))
        #expect(SecretDigest(stored: Array(digest.bytes.dropLast())) == nil)
    }

    private static let stableText =
        "dl_live_031hBHEn8IRucqh60yjy3NMIfdo7kA6bW404sUOTzfuVVXIQkty41CGOtYfvPu8XE31IbKD"
    private static let stableID = "019ab697-e800-7910-afba-e3685963bb19"
}
