import Testing
import Wire

@Suite("Looking for a frame in what has arrived")
struct FrameScanTests {
    static let types = FrameType.known + [0, 11, 200, 255].map { FrameType(rawValue: $0) }
    static let sizes = [(0, 0), (1, 0), (0, 1), (5, 7), (300, 41)]

    @Test("At every split point a frame's beginning is incomplete, and the whole is the frame", arguments: types, sizes)
    func everySplit(type: FrameType, size: (meta: Int, body: Int)) {
        let header = FrameHeader(
            type, stream: 0x0102_0304, word: 0x0506_0708, amount: 0x090A_0B0C, caller: 0x0D0E_0F10,
            metaBytes: size.meta, bodyBytes: size.body)
        let frame = header.frame
        for count in 0..<frame.count {
            #expect(FrameHeader.scan(Array(frame.prefix(count))) == .incomplete, "\(count) bytes")
            let behindAnother = header.frame + frame.prefix(count)
            #expect(FrameHeader.scan(behindAnother, at: frame.count) == .incomplete, "\(count) bytes")
        }
        #expect(FrameHeader.scan(frame) == .frame(header))
        // What follows, even of another protocol, is not looked at yet.
        for trailing in [[0], Array("GET / HTTP/1.1".utf8), frame] {
            #expect(FrameHeader.scan(frame + trailing) == .frame(header))
            #expect(FrameHeader.scan(trailing + frame, at: trailing.count) == .frame(header))
        }
    }

    @Test("A frame of the largest length is taken at its last byte")
    func largest() {
        let header = FrameHeader(.data, stream: 1, metaBytes: 65_535, bodyBytes: 131_072 - 20 - 65_535)
        #expect(header.length == WireLimits.minimumFrameLimitBytes)
        #expect(FrameHeader.scan(header.frame) == .frame(header))
        #expect(FrameHeader.scan(header.frame.dropLast()) == .incomplete)
        #expect(FrameHeader.scan(header.frame, maximumLength: 131_071) == .violation(.frameLength(131_072)))
    }

    @Test("A length below 20 is a violation once its four bytes are there", arguments: 0..<UInt32(20))
    func tooShort(length: UInt32) {
        let frame = FrameHeader(.ping).with { $0.length = length }.frame + [UInt8](repeating: 0, count: 30)
        for count in 0..<4 { #expect(FrameHeader.scan(Array(frame.prefix(count))) == .incomplete) }
        for count in 4...frame.count {
            #expect(FrameHeader.scan(Array(frame.prefix(count))) == .violation(.frameLength(length)), "\(count) bytes")
        }
    }

    @Test("A length above the limit is a violation as soon as the bytes prove it", arguments: Seeds.fresh(4))
    func tooLong(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let limit = UInt32.random(in: 20..<1 << 24, using: &random)
            let length = self.length(near: limit, &random)
            var frame = FrameHeader(.ping).frame
            frame.replaceSubrange(0..<4, with: (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) })
            for count in 0...24 {
                let known = length & ~UInt32(UInt64(UInt32.max) >> UInt64(8 * min(count, 4)))
                let isTooLong = known > limit || (count >= 4 && length < 20)
                if case .violation(.frameLength) = FrameHeader.scan(Array(frame.prefix(count)), maximumLength: limit) {
                    #expect(isTooLong, "length \(length), limit \(limit), \(count) bytes")
                } else {
                    #expect(!isTooLong, "length \(length), limit \(limit), \(count) bytes")
                }
            }
        }
    }

    private func length(near limit: UInt32, _ random: inout SeededGenerator) -> UInt32 {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: limit
        case 1: limit + 1
        case 2: UInt32.random(in: limit - 20...limit + 70_000, using: &random)
        default: UInt32.random(in: .min ... .max, using: &random)
        }
    }

    @Test("A top byte that is not zero fails on the first byte", arguments: 1...UInt8.max)
    func topByte(byte: UInt8) {
        for limit: UInt32 in [WireLimits.minimumFrameLimitBytes, 0xFF_FFFF] {
            #expect(FrameHeader.scan([byte], maximumLength: limit) == .violation(.frameLength(UInt32(byte) << 24)))
        }
    }

    @Test(
        "Other protocols fail on the first byte",
        arguments: [
            Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8),
            Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8),
            // The records of TLS: client hello, alert.
            [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03],
            [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28],
            // A header of this protocol in the wrong byte order.
            [0x14, 0x00, 0x00, 0x00, 0x01],
        ] as [[UInt8]])
    func otherProtocols(bytes: [UInt8]) throws {
        for count in 1...bytes.count {
            let scan = FrameHeader.scan(Array(bytes.prefix(count)), maximumLength: 0xFF_FFFF)
            guard case .violation(.frameLength) = scan else {
                Issue.record("\(count) bytes are \(scan)")
                continue
            }
        }
    }

    @Test("Meta that is longer than the frame is a violation")
    func metaTooLong() {
        for (length, meta) in [(20, 1), (25, 6), (131_072, 0), (65_554, 65_535)] as [(UInt32, UInt16)] where meta > 0 {
            let header = FrameHeader(.request, stream: 1).with {
                $0.length = length
                $0.metaLength = meta
            }
            #expect(FrameHeader.scan(Array(header.frame.prefix(24))) == .violation(.metaLength(meta)))
            let fitting = header.with { $0.metaLength = meta - 1 }
            #expect(FrameHeader.scan(fitting.frame) == .frame(fitting))
        }
    }

    /// The table of `docs/wire.md`, section 2.
    static let allowedFlags: [FrameType: FrameFlags] = [
        .hello: [], .caller: [], .request: [.endStream, .more, .noMessage], .response: .noMessage,
        .data: [.endStream, .more, .noMessage], .cancel: [], .credit: [], .ping: [], .pong: [], .goAway: [],
    ]

    @Test("Each type takes the flags of its row, and no contradictions", arguments: FrameType.known)
    func flags(type: FrameType) throws {
        let allowed = try #require(Self.allowedFlags[type])
        for flags in FrameFlags.all {
            let header = FrameHeader(type, flags: flags, stream: 1)
            let contradicts = flags.contains(.more) && (flags.contains(.endStream) || flags.contains(.noMessage))
            let isAllowed = flags.isSubset(of: allowed) && !contradicts
            #expect(FrameHeader.scan(header.frame) == (isAllowed ? .frame(header) : .violation(.flags(flags, type))))
        }
    }

    @Test("A frame of an unknown type is taken whatever its flags, to be skipped")
    func unknownType() {
        let flags = FrameFlags.all.filter { flags in
            FrameType.unknown.contains { type in
                let header = FrameHeader(type, flags: flags, stream: .max, word: .max, amount: .max, caller: .max)
                return FrameHeader.scan(header.frame) != .frame(header)
            }
        }
        #expect(flags.isEmpty, "the first that is refused is \(flags.first?.rawValue ?? 0)")
    }
}
