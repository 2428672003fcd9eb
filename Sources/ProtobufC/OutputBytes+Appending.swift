// What writers of messages and texts append. The closures write within the block that `append` hands them, whose
// length is what they asked for.
extension OutputBytes {
    /// Appends one byte.
    @inlinable
    @inline(__always)
    public func append(_ byte: UInt8) {
        self.append(1) { $0[0] = byte }
    }

    /// Appends bytes.
    @inlinable
    @inline(__always)
    public func append(_ bytes: RawSpan) {
        bytes.withUnsafeBytes { self.append($0) }
    }

    /// Appends the UTF-8 of a text.
    @inlinable
    public func append(_ text: String) {
        var text = text
        text.withUTF8 { self.append(UnsafeRawBufferPointer($0)) }
    }

    /// Appends the UTF-8 of a literal.
    @inlinable
    public func append(_ literal: StaticString) {
        literal.withUTF8Buffer { self.append(UnsafeRawBufferPointer($0)) }
    }

    /// Appends a number in protobuf's variable-length form.
    @inlinable
    public func append(varint number: UInt64) {
        guard number >= 0x80 else { return self.append(UInt8(truncatingIfNeeded: number)) }
        self.append(upTo: 10) { buffer in
            var rest = number
            var count = 0
            while rest >= 0x80 {
                buffer[count] = UInt8(truncatingIfNeeded: rest) | 0x80
                rest >>= 7
                count &+= 1
            }
            buffer[count] = UInt8(truncatingIfNeeded: rest)
            return count &+ 1
        }
    }

    /// Appends the bytes of a number, the least byte first.
    @inlinable
    public func append(littleEndian number: some FixedWidthInteger & BitwiseCopyable) {
        self.append(MemoryLayout.size(ofValue: number)) { buffer in
            buffer.storeBytes(of: number.littleEndian, as: type(of: number))
        }
    }

    /// Appends a number in decimal digits.
    @inlinable
    public func append(decimal number: UInt64) {
        self.append(upTo: 20) { buffer in
            var rest = number
            var start = 20
            repeat {
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                start &-= 1
                buffer[start] = 0x30 &+ UInt8(truncatingIfNeeded: digit)
                rest = quotient
            } while rest != 0
            let count = 20 &- start
            if start > 0 { for index in 0..<count { buffer[index] = buffer[start &+ index] } }
            return count
        }
    }

    /// Leaves room for the length of what is appended next, until ``endLengthDelimited(_:)``.
    ///
    /// - Returns: Where that begins.
    @inlinable
    public func beginLengthDelimited() -> Int {
        self.append(0 as UInt8)
        return self.count
    }

    /// Writes the length of what was appended since ``beginLengthDelimited()`` in front of it.
    ///
    /// The room is one byte; what is longer than 127 bytes is moved to make more.
    @inlinable
    public func endLengthDelimited(_ begin: Int) {
        precondition(begin > 0 && begin <= self.count, "no length-delimited part begins at this offset")
        let byteCount = self.count &- begin
        guard byteCount >= 0x80 else {
            self.state.pointee.start.storeBytes(of: UInt8(byteCount), toByteOffset: begin &- 1, as: UInt8.self)
            return
        }
        self.endLongPart(begin, byteCount)
    }

    @usableFromInline
    @inline(never)
    func endLongPart(_ begin: Int, _ byteCount: Int) {
        let furtherBytes = (Int.bitWidth - byteCount.leadingZeroBitCount + 6) / 7 - 1
        self.append(furtherBytes) { $0.initializeMemory(as: UInt8.self, repeating: 0) }
        // `append` may have moved the block, and has made room for the bytes behind it.
        let start = self.state.pointee.start
        (start + begin + furtherBytes).copyMemory(from: start + begin, byteCount: byteCount)
        var rest = byteCount
        for index in 0...furtherBytes {
            let mark: UInt8 = index == furtherBytes ? 0 : 0x80
            start.storeBytes(of: UInt8(rest & 0x7F) | mark, toByteOffset: begin - 1 + index, as: UInt8.self)
            rest >>= 7
        }
    }

    /// Forgets the bytes from an offset on, which must be in `0...count`.
    @inlinable
    public func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count, "there are fewer bytes than are to be kept")
        self.state.pointee.count = count
    }

    /// Reads the bytes from an offset on, which must be in `0...count`. Nothing may be appended meanwhile.
    @inlinable
    public func withSpan<Result, Failure: Error>(
        from offset: Int = 0,
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(offset >= 0 && offset <= self.count, "there are fewer bytes than are to be left out")
        let start = UnsafeRawPointer(self.state.pointee.start + offset)
        return try body(RawSpan(_unsafeStart: start, byteCount: self.state.pointee.count &- offset))
    }

    /// A copy of the bytes.
    public var array: [UInt8] { self.withBytes { [UInt8]($0) } }
}
