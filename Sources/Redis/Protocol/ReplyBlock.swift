/// What a reply, or an element of one, is.
public enum RedisReplyKind: UInt8, BitwiseCopyable, Hashable, Sendable, CustomStringConvertible {
    /// A short text that says how it went, such as `OK`.
    case text
    /// A value.
    case bytes
    /// A number.
    case integer
    /// Nothing: no such key, or no such element.
    case null
    /// A list of replies.
    case array
    /// The server's refusal.
    case error

    /// For people.
    public var description: String {
        switch self {
        case .text: "text"
        case .bytes: "bytes"
        case .integer: "an integer"
        case .null: "null"
        case .array: "an array"
        case .error: "an error"
        }
    }
}

/// One reply in the flat list of a block. An array's elements follow it.
struct ReplyItem {
    var kind: RedisReplyKind
    /// Of an array: whether no element is an array itself, so that elements are found without a search.
    var isFlat: Bool
    /// The number of bytes or of elements.
    var count: UInt32
    /// The integer, or where the bytes begin.
    var value: Int64
}

/// Replies as they were read, in three plain lists that are kept for the next ones: so a reply of 64 values costs no
/// allocation once the block has grown to its size.
///
/// The lists live behind one pointer, which views hold without counting references. A block belongs to one event loop.
final class ReplyBlock {
    /// A list that grew beyond this is let go when the block is emptied.
    private static let keptBytes = 1_048_576

    struct State {
        var bytes = PlainList<UInt8>(capacity: 4_096)
        var items = PlainList<ReplyItem>(capacity: 128)
        /// Where each whole reply begins among the items.
        var starts = PlainList<UInt32>(capacity: 128)
    }

    let state: UnsafeMutablePointer<State>

    init() {
        self.state = .allocate(capacity: 1)
        self.state.initialize(to: State())
    }

    deinit {
        self.state.pointee.bytes.deallocate()
        self.state.pointee.items.deallocate()
        self.state.pointee.starts.deallocate()
        self.state.deallocate()
    }

    /// The memory that the replies take.
    var byteCount: Int {
        self.state.pointee.bytes.count &+ self.state.pointee.items.count &* MemoryLayout<ReplyItem>.stride
    }

    /// Forgets the replies.
    func removeAll() {
        self.state.pointee.bytes.removeAll(keepingBytes: ReplyBlock.keptBytes)
        self.state.pointee.items.removeAll(keepingBytes: ReplyBlock.keptBytes)
        self.state.pointee.starts.removeAll(keepingBytes: ReplyBlock.keptBytes)
    }
}

/// A growing list of plain values, without reference counting and uniqueness checks. Its owner deallocates it.
struct PlainList<Element: BitwiseCopyable> {
    private(set) var elements: UnsafeMutablePointer<Element>
    private(set) var count = 0
    private let initialCapacity: Int
    private var capacity: Int

    init(capacity: Int) {
        self.elements = .allocate(capacity: capacity)
        self.initialCapacity = capacity
        self.capacity = capacity
    }

    func deallocate() { self.elements.deallocate() }

    @inline(__always)
    mutating func append(_ element: Element) {
        if self.count == self.capacity { self.grow(1) }
        self.elements[self.count] = element
        self.count &+= 1
    }

    @inline(__always)
    mutating func append(_ source: UnsafeRawPointer, count: Int) {
        if count > self.capacity &- self.count { self.grow(count) }
        UnsafeMutableRawPointer(self.elements + self.count).copyMemory(
            from: source, byteCount: count &* MemoryLayout<Element>.stride)
        self.count &+= count
    }

    mutating func removeAll(keepingBytes: Int) {
        self.count = 0
        guard self.capacity &* MemoryLayout<Element>.stride > keepingBytes else { return }
        self.elements.deallocate()
        self.elements = .allocate(capacity: self.initialCapacity)
        self.capacity = self.initialCapacity
    }

    @inline(never)
    private mutating func grow(_ more: Int) {
        self.capacity = max(self.capacity &* 2, self.count &+ more)
        let elements = UnsafeMutablePointer<Element>.allocate(capacity: self.capacity)
        elements.update(from: self.elements, count: self.count)
        self.elements.deallocate()
        self.elements = elements
    }
}
