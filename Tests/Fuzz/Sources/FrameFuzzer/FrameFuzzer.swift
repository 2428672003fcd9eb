internal import FuzzInput
internal import Wire

/// What a run of bytes is: frames, and what stands behind the last.
private struct Frames: Equatable {
    /// Behind the last frame stands nothing or a part of one, or what is none.
    enum Tail: Equatable {
        case incomplete
        case violation(Violation)
        /// With fewer bytes the length is known less exactly.
        case length
    }

    var headers: [FrameHeader] = []
    var tail = Tail.incomplete

    /// Scans on from where the last frame ended.
    ///
    /// - Returns: The bytes that were frames.
    mutating func scan(_ bytes: borrowing RawSpan, maximumLength: UInt32) -> Int {
        var offset = 0
        self.tail = .incomplete
        while offset < bytes.byteCount {
            switch FrameHeader.scan(bytes, at: offset, maximumLength: maximumLength) {
            case .frame(let header):
                checkFrame(header, bytes, at: offset, maximumLength: maximumLength)
                self.headers.append(header)
                offset += header.frameBytes
            case .incomplete: return offset
            case .violation(.frameLength):
                self.tail = .length
                return offset
            case .violation(let violation):
                self.tail = .violation(violation)
                return offset
            }
        }
        return offset
    }
}

private func checkFrame(_ header: FrameHeader, _ bytes: borrowing RawSpan, at offset: Int, maximumLength: UInt32) {
    require(header.length >= 20 && header.length <= maximumLength)
    require(header.bodyBytes >= 0 && offset + header.frameBytes <= bytes.byteCount)
    var written = [UInt8](repeating: 0, count: FrameHeader.byteCount)
    written.withUnsafeMutableBytes { header.write(to: $0) }
    for index in written.indices {
        require(written[index] == bytes.unsafeLoad(fromByteOffset: offset + index, as: UInt8.self))
    }
}

/// Bytes that arrive in pieces are the same frames as those that arrive at once.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFrames(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let limits: [UInt32] = [131_072, 20, 64, 1_000]
    let maximumLength = limits[Int(input.byte() & 3)]
    let cuts = (0..<Int(input.byte() & 15)).map { _ in Int(input.byte()) + 1 }
    let bytes = input.rest()
    var whole = Frames()
    _ = whole.scan(bytes.span.bytes, maximumLength: maximumLength)
    var cut = Frames()
    var kept: [UInt8] = []
    var next = 0
    var pieces = 0
    while next < bytes.count, cut.tail == .incomplete {
        let size = cuts.isEmpty ? bytes.count : min(cuts[pieces % cuts.count], bytes.count - next)
        kept += bytes[next..<next + size]
        next += size
        pieces += 1
        kept.removeFirst(cut.scan(kept.span.bytes, maximumLength: maximumLength))
    }
    require(whole == cut, "at once \(whole), in pieces \(cut)")
    return 0
}
