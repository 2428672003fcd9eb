import Gzip
import TestSupport
import Testing

@Suite("Files of gzip are decompressed piece by piece")
struct GzipDecoderTests {
    private static let limits = GzipDecoder.Limits(bytes: 1 << 24)

    /// Decompresses a file that comes in pieces of some size.
    private func decompress(
        _ file: [UInt8], pieces: Int = .max, _ limits: GzipDecoder.Limits = Self.limits
    ) throws -> [UInt8] {
        let decoder = try GzipDecoder(limits)
        var bytes: [UInt8] = []
        var rest = file[...]
        while !rest.isEmpty {
            decoder.append(Array(rest.prefix(pieces)))
            rest = rest.dropFirst(pieces)
            while let piece = try decoder.next() {
                #expect((1...GzipDecoder.pieceBytes).contains(piece.count))
                bytes += piece
            }
        }
        try decoder.complete()
        return bytes
    }

    private static func rows(_ count: Int) -> [UInt8] {
        Array((0..<count).map { "SKU-\($0),\($0 &* 2_654_435_761 % 997)\r\n" }.joined().utf8)
    }

    @Test("whatever the pieces are, the bytes are those that were compressed", arguments: [1, 7, 1_000, .max])
    func pieces(_ size: Int) throws {
        let rows = Self.rows(20_000)
        let file = try GzipCommand.compress(rows)
        #expect(file.starts(with: GzipDecoder.magic))
        #expect(try self.decompress(file, pieces: size) == rows)
    }

    @Test("several members are one file; an empty one is no bytes")
    func members() throws {
        let (first, second, empty) = ("sku,units\n", "A,1\n", "")
        let file = try GzipCommand.compress(first) + GzipCommand.compress(empty) + GzipCommand.compress(second)
        for size in [1, 3, Int.max] {
            #expect(try self.decompress(file, pieces: size) == Array((first + second).utf8))
        }
        #expect(try self.decompress(GzipCommand.compress("")) == [])
    }

    @Test("a file that ends early is told as such, wherever it ends")
    func truncated() throws {
        let file = try GzipCommand.compress(Self.rows(300))
        for length in 0..<file.count {
            let error = #expect(throws: GzipError.self, "\(length)") { try self.decompress(Array(file.prefix(length))) }
            #expect(error?.code == .truncated, "\(length)")
        }
    }

    @Test("no byte of a file can change what it holds unnoticed")
    func damaged() throws {
        let rows = Self.rows(300)
        let file = try GzipCommand.compress(rows)
        var unnoticed = 0
        for place in 0..<file.count {
            var other = file
            other[place] ^= 0x10
            guard let found = try? self.decompress(other) else { continue }
            unnoticed += 1
            let isSame = found == rows
            #expect(isSame, "\(place)")
        }
        // Time, flags and system in the header, and the bits that fill up the last byte.
        #expect(unnoticed <= 7)
        // What stands behind it must be another member.
        let error = #expect(throws: GzipError.self) { try self.decompress(file + Array("garbage".utf8)) }
        #expect(error?.code == .damaged)
        let plain = #expect(throws: GzipError.self) { try self.decompress(rows) }
        #expect(plain?.code == .damaged)
    }

    @Test("bytes at random end in an error, and behind it in the same one")
    func random() throws {
        var random = SeededGenerator(seed: testSeed())
        for _ in 0..<500 {
            let decoder = try GzipDecoder(Self.limits)
            decoder.append(
                [0x1F, 0x8B, 8, 0] + (0..<Int.random(in: 6...400, using: &random)).map { _ in random.next() })
            var failure: GzipError?
            do {
                while try decoder.next() != nil {}
                try decoder.complete()
            } catch {
                failure = error
            }
            #expect(failure != nil)
            if let failure, failure.code == .damaged {
                decoder.append(try GzipCommand.compress("A,1\n"))
                #expect(throws: failure) { try decoder.next() }
            }
        }
    }

    @Test("a bomb is refused before it has filled the memory: by its size, and by its ratio")
    func bombs() throws {
        let zeros = try GzipCommand.compress([UInt8](repeating: 0, count: 8 << 20))
        #expect(zeros.count < 10_000)
        let ratio = #expect(throws: GzipError.self) { try self.decompress(zeros) }
        #expect(ratio?.code == .ratioTooHigh && ratio?.description.contains("200 times") == true)
        let size = #expect(throws: GzipError.self) {
            try self.decompress(zeros, GzipDecoder.Limits(bytes: 1 << 20, ratio: 2_000))
        }
        #expect(size?.code == .tooLarge && size?.description.contains("1048576") == true)
        // Small files may have any ratio, and what is within both limits is taken.
        let small = [UInt8](repeating: 0, count: 1 << 20)
        #expect(try self.decompress(GzipCommand.compress(small)) == small)
        #expect(try self.decompress(zeros, GzipDecoder.Limits(bytes: 8 << 20, ratio: 2_000)).count == 8 << 20)
        // Each limit is that of all members together.
        let many = try (0..<64).flatMap { _ in try GzipCommand.compress([UInt8](repeating: 0, count: 1 << 18)) }
        #expect(throws: GzipError.self) { try self.decompress(many) }
    }
}
