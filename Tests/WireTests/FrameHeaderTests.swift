import Testing
import Wire

@Suite("The header of a frame")
struct FrameHeaderTests {
    /// The frames of `docs/wire.md`, section 10, without their bodies.
    static let examples: [(FrameHeader, [UInt8])] = [
        (
            FrameHeader(.hello, word: WireLimits.magic, amount: WireLimits.version),
            [
                0x00, 0x00, 0x00, 0x14, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                0x44, 0x52, 0x4C, 0x4E, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00,
            ]
        ),
        (
            FrameHeader(
                .request, flags: .endStream, stream: 1, word: methodID("driveline.echo.v1.EchoService/Echo"),
                amount: 1_000_000, bodyBytes: 4),
            [
                0x00, 0x00, 0x00, 0x18, 0x03, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
                0x0C, 0x6D, 0x64, 0x6B, 0x00, 0x0F, 0x42, 0x40, 0x00, 0x00, 0x00, 0x00,
            ]
        ),
        (
            FrameHeader(.response, stream: 1, bodyBytes: 4),
            [
                0x00, 0x00, 0x00, 0x18, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
                0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
            ]
        ),
    ]

    @Test("A header's bytes are those of the documentation's example", arguments: Self.examples)
    func layout(header: FrameHeader, bytes: [UInt8]) {
        #expect(Array(header.frame.prefix(FrameHeader.byteCount)) == bytes)
        #expect(FrameHeader(bytes.span.bytes, at: 0) == header)
    }

    @Test("Each field stands at its own place and keeps its extremes")
    func fields() {
        let plain = FrameHeader(.data)
        expectRoundTrip(FrameHeader(.data, metaBytes: 0xFFFF, bodyBytes: 0xFE_FFEC), at: 0..<4, 6..<8)
        for value in [0, 1, 0x7F, 0x80, UInt8.max] {
            expectRoundTrip(plain.with { $0.type = FrameType(rawValue: value) }, at: 4..<5)
            expectRoundTrip(plain.with { $0.flags = FrameFlags(rawValue: value) }, at: 5..<6)
        }
        for value in [0, 1, 0x7FFF_FFFF, 0x8000_0000, UInt32.max] {
            expectRoundTrip(plain.with { $0.length = value }, at: 0..<4)
            expectRoundTrip(plain.with { $0.stream = value }, at: 8..<12)
            expectRoundTrip(plain.with { $0.word = value }, at: 12..<16)
            expectRoundTrip(plain.with { $0.amount = value }, at: 16..<20)
            expectRoundTrip(plain.with { $0.caller = value }, at: 20..<24)
        }
    }

    /// The header reads back the same, and differs from a plain one only in its field's bytes.
    private func expectRoundTrip(
        _ header: FrameHeader, at places: Range<Int>..., location: SourceLocation = #_sourceLocation
    ) {
        var bytes = [UInt8](repeating: 0xA5, count: FrameHeader.byteCount + 2)
        bytes.withUnsafeMutableBytes {
            header.write(to: UnsafeMutableRawBufferPointer(rebasing: $0.dropFirst().dropLast()))
        }
        #expect(FrameHeader(bytes.span.bytes, at: 1) == header, sourceLocation: location)
        #expect(bytes.first == 0xA5 && bytes.last == 0xA5, "written beyond its place", sourceLocation: location)
        let plain = FrameHeader(.data).frame
        for index in plain.indices where !places.contains(where: { $0.contains(index) }) {
            #expect(bytes[index + 1] == plain[index], "byte \(index)", sourceLocation: location)
        }
    }

    @Test("Lengths of meta, body and frame add up")
    func lengths() {
        let header = FrameHeader(.data, stream: 1, metaBytes: 300, bodyBytes: 70_000)
        #expect(header.length == 70_320)
        #expect(header.metaLength == 300)
        #expect(header.bodyBytes == 70_000)
        #expect(header.frameBytes == 70_324)
        #expect(header.credit == 70_324)
        #expect(FrameHeader(.ping).length == 20)
        #expect(FrameHeader(.ping).credit == 24)
    }

    // Otherwise the top byte of the length is not zero, and the frame is taken for another protocol.
    @Test("A header for more than fits in 24 bits is not made")
    func tooLong() async {
        await #expect(processExitsWith: .failure) {
            _ = FrameHeader(.data, stream: 1, metaBytes: 0xFFFF, bodyBytes: 0xFF_FFFF)
        }
    }

    @Test("Types have the names of the documentation")
    func names() {
        #expect(
            FrameType.known.map(\.description) == [
                "HELLO", "CALLER", "REQUEST", "RESPONSE", "DATA", "CANCEL", "CREDIT", "PING", "PONG", "GOAWAY",
            ])
        #expect(FrameType(rawValue: 0).description == "type 0")
        #expect(FrameType(rawValue: 11).description == "type 11")
    }
}

extension FrameHeader {
    func with(_ change: (inout FrameHeader) -> Void) -> FrameHeader {
        var header = self
        change(&header)
        return header
    }
}
