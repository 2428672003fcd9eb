/// The shapes of answers: of each what is the same in all that have it, once. An answer is kept as the number of its shape
/// and what is its own, a third of its bytes or so.
///
/// What is unpacked is what was packed, to the byte: an answer has a shape if all bytes outside of the holes are the same.
struct AnswerShapes {
    /// The number that no shape has.
    static let none = UInt16.max
    /// The most shapes.
    static let maximumCount = 8_192
    /// The most bytes of all templates.
    static let maximumTemplateBytes = 1 << 20

    private struct Shape {
        /// Its template's place among all.
        let template: Range<Int>
        /// Its holes' place among all.
        let holes: Range<Int>
        let skuStart: Int
        let skuBytes: Int
        let packedBytes: Int
    }

    private var shapes: [Shape] = []
    private var templates: [UInt8] = []
    private var holes: [AnswerScan.Hole] = []
    private var numbers: [[UInt8]: UInt16] = [:]

    /// How many there are.
    var count: Int { self.shapes.count }

    /// How many bytes an answer of a shape takes, without its SKU.
    func packedBytes(of number: UInt16) -> Int { self.shapes[Int(number)].packedBytes }

    /// Whether an answer has a shape.
    func fits(_ number: UInt16, _ answer: borrowing RawSpan) -> Bool {
        let shape = self.shapes[Int(number)]
        guard answer.byteCount == shape.template.count else { return false }
        return answer.withUnsafeBytes { answer in
            self.templates.withUnsafeBytes { templates in
                let template = UnsafeRawBufferPointer(rebasing: templates[shape.template])
                var offset = 0
                func isSame(to end: Int) -> Bool {
                    while offset < end {
                        guard answer[offset] == template[offset] else { return false }
                        offset += 1
                    }
                    return true
                }
                guard isSame(to: shape.skuStart) else { return false }
                offset += shape.skuBytes
                var previous = 0..<0
                for hole in self.holes[shape.holes] {
                    guard isSame(to: Int(hole.start)) else { return false }
                    offset += Int(hole.count)
                    let range = Int(hole.start)..<offset
                    if hole.isRepeated, !answer[range].elementsEqual(answer[previous]) { return false }
                    previous = range
                }
                return isSame(to: template.count)
            }
        }
    }

    /// The shape of an answer; nil: it has none, or there are too many.
    mutating func number(of answer: borrowing RawSpan, skuBytes: Int) -> UInt16? {
        guard let scan = AnswerScan(answer, skuBytes: skuBytes) else { return nil }
        if let number = self.numbers[scan.template] { return number }
        guard self.shapes.count < Self.maximumCount,
            self.templates.count + scan.template.count <= Self.maximumTemplateBytes
        else { return nil }
        let number = UInt16(self.shapes.count)
        self.shapes.append(
            Shape(
                template: self.templates.count..<(self.templates.count + scan.template.count),
                holes: self.holes.count..<(self.holes.count + scan.holes.count), skuStart: scan.skuStart,
                skuBytes: skuBytes, packedBytes: scan.holes.reduce(0) { $0 + ($1.isRepeated ? 0 : Int($1.count)) }))
        self.templates += scan.template
        self.holes += scan.holes
        self.numbers[scan.template] = number
        return number
    }

    /// Writes what is an answer's own.
    func pack(_ answer: borrowing RawSpan, _ number: UInt16, into bytes: UnsafeMutableRawBufferPointer) {
        let shape = self.shapes[Int(number)]
        answer.withUnsafeBytes { answer in
            var end = 0
            for hole in self.holes[shape.holes] where !hole.isRepeated {
                for index in 0..<Int(hole.count) { bytes[end + index] = answer[Int(hole.start) + index] }
                end += Int(hole.count)
            }
        }
    }

    /// Writes an answer from what is its own.
    ///
    /// - Parameters:
    ///   - entry: The SKU, and behind it what was packed.
    ///   - bytes: Has room for the answer.
    /// - Returns: The answer's length.
    func unpack(
        _ entry: UnsafeRawBufferPointer, _ number: UInt16, into bytes: UnsafeMutableRawBufferPointer
    ) -> Int {
        let shape = self.shapes[Int(number)]
        self.templates.withUnsafeBytes {
            bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[shape.template]))
        }
        for index in 0..<shape.skuBytes { bytes[shape.skuStart + index] = entry[index] }
        var source = shape.skuBytes
        self.holes.withUnsafeBufferPointer { holes in
            for hole in holes[shape.holes] {
                let (start, count) = (Int(hole.start), Int(hole.count))
                if hole.isRepeated { source -= count }
                for index in 0..<count { bytes[start + index] = entry[source + index] }
                source += count
            }
        }
        return shape.template.count
    }
}
