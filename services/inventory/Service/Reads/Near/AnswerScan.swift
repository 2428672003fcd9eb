/// What an encoded answer has that others like it do not: its SKU, and its numbers that are not zero.
///
/// All else (field numbers, lengths, zeros, the names of locations) is the same in many answers. Source of the encoding: the
/// Protocol Buffers documentation, "Encoding".
struct AnswerScan {
    /// Bytes that answers of the same shape differ in.
    struct Hole: Hashable {
        /// Where they are in the answer.
        var start: UInt16
        /// How many, at most ten.
        var count: UInt8
        /// Whether they are those of the hole before, which many are: what is available where nothing is reserved.
        var isRepeated: Bool
    }

    /// The fields of an answer that are messages: warehouses, channels' buffers and the time of the last change.
    private static let messageTags: Set<UInt8> = [0x12, 0x42, 0x4a]
    private static let skuTag: UInt8 = 0x0a
    private static let placeholder: UInt8 = 0x01
    private static let repeatedPlaceholder: UInt8 = 0x02

    /// The answer without what is in its holes.
    private(set) var template: [UInt8]
    private(set) var skuStart = 0
    private(set) var holes: [Hole] = []
    private var offset = 0

    /// - Returns: Nil where it is none that is cut so: it has unknown kinds of fields, or another SKU, or does not begin with
    ///   that.
    init?(_ answer: borrowing RawSpan, skuBytes: Int) {
        guard skuBytes > 0, answer.byteCount <= Int(UInt16.max) else { return nil }
        self.template = answer.withUnsafeBytes { Array($0) }
        guard self.template.first == Self.skuTag,
            self.scan(to: self.template.count, isTop: true, skuBytes: skuBytes)
        else { return nil }
    }

    private mutating func scan(to end: Int, isTop: Bool, skuBytes: Int) -> Bool {
        while self.offset < end {
            let tag = self.template[self.offset]
            guard tag < 0x80 else { return false }
            self.offset += 1
            switch tag & 7 {
            case 0: guard self.scanNumber(to: end) else { return false }
            case 2:
                guard let count = self.length(to: end) else { return false }
                if isTop, tag == Self.skuTag {
                    guard self.skuStart == 0, count == skuBytes else { return false }
                    self.skuStart = self.offset
                    self.erase(self.offset..<(self.offset + count))
                }
                if isTop, Self.messageTags.contains(tag) {
                    guard self.scan(to: self.offset + count, isTop: false, skuBytes: skuBytes) else { return false }
                } else {
                    self.offset += count
                }
            default: return false
            }
        }
        return self.offset == end
    }

    /// The length that stands here; nil: there are not so many bytes.
    private mutating func length(to end: Int) -> Int? {
        var count = 0
        var shift = 0
        while self.offset < end, shift < 21 {
            let byte = self.template[self.offset]
            self.offset += 1
            count |= Int(byte & 0x7f) << shift
            if byte < 0x80 { return count <= end - self.offset ? count : nil }
            shift += 7
        }
        return nil
    }

    private mutating func scanNumber(to end: Int) -> Bool {
        let start = self.offset
        while self.offset < end, self.template[self.offset] >= 0x80 { self.offset += 1 }
        self.offset += 1
        guard self.offset <= end, self.offset - start <= 10 else { return false }
        if self.offset - start > 1 || self.template[start] != 0 { self.cut(start..<self.offset) }
        return true
    }

    /// The bytes of a number: at most ten.
    private struct Number: Equatable {
        var bytes: UInt128 = 0
        var count = 0

        init() {}

        init(_ bytes: ArraySlice<UInt8>) {
            for byte in bytes { self.bytes = self.bytes << 8 | UInt128(byte) }
            self.count = bytes.count
        }
    }

    private var lastNumber = Number()

    private mutating func cut(_ range: Range<Int>) {
        let number = Number(self.template[range])
        let isRepeated = number == self.lastNumber
        self.lastNumber = number
        self.holes.append(
            Hole(start: UInt16(range.lowerBound), count: UInt8(range.count), isRepeated: isRepeated))
        self.erase(range)
        // A template says where its holes are, and which repeat another, so that two of the same bytes are of one shape.
        self.template[range.lowerBound] = isRepeated ? Self.repeatedPlaceholder : Self.placeholder
    }

    private mutating func erase(_ range: Range<Int>) {
        for index in range { self.template[index] = 0x80 }
    }
}
