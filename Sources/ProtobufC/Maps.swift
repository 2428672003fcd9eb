/// What the keys of a map field may be.
///
/// A map is written in ascending order of its keys, so that equal messages have equal bytes.
public protocol MapKey: Hashable, Sendable {
    /// Whether a key is written before another.
    static func isInOrder(_ left: Self, _ right: Self) -> Bool
}

extension MapKey where Self: Comparable {
    /// Whether a key is less than another.
    @inlinable
    public static func isInOrder(_ left: Self, _ right: Self) -> Bool { left < right }
}

extension Int32: MapKey {}
extension Int64: MapKey {}
extension UInt32: MapKey {}
extension UInt64: MapKey {}

extension Bool: MapKey {
    /// False comes before true.
    @inlinable
    public static func isInOrder(_ left: Bool, _ right: Bool) -> Bool { !left && right }
}

extension String: MapKey {
    /// The order of the UTF-8 bytes, as every implementation of protobuf has it; Swift's own order goes by Unicode's
    /// rules.
    @inlinable
    public static func isInOrder(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}

extension Dictionary where Key: MapKey {
    /// Copies the entries of a map field, for generated code; of entries with the same key the last one counts.
    ///
    /// Keys are compared as Swift compares strings: two keys that differ only in how Unicode composes them are one.
    @inlinable
    public init<Entry>(
        copying entries: UnsafeMutablePointer<UnsafeMutablePointer<Entry>?>?,
        count: Int,
        _ element: (UnsafeMutablePointer<Entry>) -> (Key, Value)
    ) {
        self.init()
        guard let entries else { return }
        self.reserveCapacity(count)
        for index in 0..<count {
            guard let entry = entries[index] else { continue }
            let (key, value) = element(entry)
            self[key] = value
        }
    }
}

extension Arena {
    /// Stores the entries of a map field in ascending order of their keys, for generated code; none above the limit.
    @inlinable
    public func storeMap<Key: MapKey, Value, Entry>(
        _ map: [Key: Value],
        _ store: (_ entry: UnsafeMutablePointer<Entry>, _ key: Key, _ value: Value) -> Void
    ) -> (UnsafeMutablePointer<UnsafeMutablePointer<Entry>?>?, Int) {
        typealias Element = UnsafeMutablePointer<Entry>?
        let keys = map.keys.sorted(by: Key.isInOrder)
        guard !keys.isEmpty, let list = self.makeArray(Element.self, count: keys.count),
            let memory = self.allocate(keys.count * MemoryLayout<Entry>.stride)
        else { return (nil, 0) }
        let entries = memory.bindMemory(to: Entry.self, capacity: keys.count)
        for (index, key) in keys.enumerated() {
            guard let value = map[key] else { continue }
            store(entries + index, key, value)
            (list + index).initialize(to: entries + index)
        }
        return (list, keys.count)
    }
}

extension Optional {
    /// An entry of a map field by its index in the order on the wire, for generated code.
    @inlinable
    public func entry<Entry>(at index: Int, of count: Int) -> UnsafeMutablePointer<Entry>
    where Wrapped == UnsafeMutablePointer<UnsafeMutablePointer<Entry>?> {
        precondition(index >= 0 && index < count, "index \(index) is not below \(count)")
        guard let entry = self?[index] else { preconditionFailure("protobuf-c unpacked a map with a gap") }
        return entry
    }
}
