/// The binary form of parameters while it is written: big-endian, as the protocol has it.
public struct PostgresBytes: Sendable {
    var bytes: [UInt8] = []

    /// Appends an integer in network order.
    @inlinable
    public mutating func append<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.bigEndian) { self.append(contentsOf: $0) }
    }

    /// Appends bytes as they are.
    public mutating func append(contentsOf bytes: some Sequence<UInt8>) { self.bytes.append(contentsOf: bytes) }

    /// Makes room for so many bytes more, at least doubling what there is.
    mutating func reserve(_ count: Int) {
        let needed = self.bytes.count + count
        guard needed > self.bytes.capacity else { return }
        self.bytes.reserveCapacity(max(needed, 2 * self.bytes.capacity))
    }

    var count: Int { self.bytes.count }

    /// Appends what `write` appends, with its length in four bytes before it.
    mutating func appendWithLength<Failure>(_ write: (inout PostgresBytes) throws(Failure) -> Void) throws(Failure) {
        let start = self.bytes.count
        self.append(Int32(0))
        try write(&self)
        // A parameter over 2 GiB is refused when it is finished; until then its length is cut.
        let length = Int32(truncatingIfNeeded: self.bytes.count - start - 4)
        self.bytes.withUnsafeMutableBytes { $0.storeBytes(of: length.bigEndian, toByteOffset: start, as: Int32.self) }
    }
}
