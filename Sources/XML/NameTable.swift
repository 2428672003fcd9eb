internal import CLibXML2

/// Numbers for the names of one document.
///
/// libxml2 keeps each name once, at one address for the parser's life, so that an address is looked up instead of text.
/// The addresses are compared here, and read only while the parser that owns them calls.
struct NameTable {
    private(set) var names: [String]
    private var numbers: [String: Int32]
    /// By address, which name was last seen there: most tags are found here.
    private var recent: [Entry]
    private var addresses: [UnsafeRawPointer: Int32] = [:]

    private struct Entry {
        var address: UnsafeRawPointer?
        var number: Int32
    }

    private static let recentCount = 256

    init(_ known: [String]) {
        self.names = known
        self.numbers = Dictionary(zip(known, 0...)) { first, _ in first }
        self.recent = Array(repeating: Entry(address: nil, number: 0), count: Self.recentCount)
    }

    /// How many names the document has brought, known or not.
    var count: Int { self.addresses.count }

    /// The number of the name at an address of libxml2's dictionary, where the address has been seen.
    mutating func number(at address: UnsafeRawPointer) -> Int32? {
        let slot = Int(bitPattern: (UInt(bitPattern: address) >> 3) % UInt(Self.recentCount))
        let entry = self.recent[slot]
        if entry.address == address { return entry.number }
        guard let number = self.addresses[address] else { return nil }
        self.recent[slot] = Entry(address: address, number: number)
        return number
    }

    /// Gives a number to the name at an address.
    mutating func insert(_ name: String, at address: UnsafeRawPointer) -> Int32 {
        let number = self.numbers[name] ?? Int32(clamping: self.names.count)
        if number == Int32(clamping: self.names.count) {
            self.names.append(name)
            self.numbers[name] = number
        }
        self.addresses[address] = number
        return number
    }
}
