/// Reads the bytes of vehicle tables from the first to the last; nothing that they can be makes it trap.
struct TableReader {
    /// The longest number, in bytes: 35 bits are more than any has.
    private static let maximumNumberBytes = 5

    private let bytes: [UInt8]
    private var position: Int

    /// Reads what `scripts/vehicle-tables` has written, behind a look at its checksum.
    ///
    /// - Throws: ``VehicleTablesError``.
    init(file: [UInt8]) throws(VehicleTablesError) {
        guard file.starts(with: Self.magic) else {
            throw VehicleTablesError(
                .unknownFormat, "the vehicle tables begin otherwise than version 1 of their format")
        }
        guard file.count >= Self.headerBytes else {
            throw VehicleTablesError(.damaged, "the vehicle tables end within their header")
        }
        func word(at position: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(file[position + $1]) << (8 * $1) }
        }
        let length = Int(word(at: 8))
        guard length == file.count - Self.headerBytes else {
            throw VehicleTablesError(
                .damaged, "the vehicle tables have \(file.count - Self.headerBytes) bytes and not \(length)")
        }
        guard Checksum.crc32(file[Self.headerBytes...]) == word(at: 12) else {
            throw VehicleTablesError(.damaged, "the vehicle tables have another checksum than the one written")
        }
        self.init(payload: file, from: Self.headerBytes)
    }

    /// Reads bytes without header and checksum.
    init(payload: [UInt8], from position: Int = 0) {
        self.bytes = payload
        self.position = position
    }

    /// Whether everything was read.
    var isAtEnd: Bool { self.position == self.bytes.count }

    /// An error that names the place.
    func damaged(_ what: String) -> VehicleTablesError {
        VehicleTablesError(.damaged, "the vehicle tables are damaged before byte \(self.position): \(what)")
    }

    mutating func byte() throws(VehicleTablesError) -> UInt8 {
        guard self.position < self.bytes.count else { throw self.damaged("they end too early") }
        defer { self.position += 1 }
        return self.bytes[self.position]
    }

    mutating func bytes(_ count: Int) throws(VehicleTablesError) -> ArraySlice<UInt8> {
        guard count <= self.bytes.count - self.position else { throw self.damaged("they end too early") }
        defer { self.position += count }
        return self.bytes[self.position..<self.position + count]
    }

    /// A number that is not negative, seven bits in each byte, the lowest first.
    mutating func number() throws(VehicleTablesError) -> Int {
        var value = 0
        for place in 0..<Self.maximumNumberBytes {
            let byte = try self.byte()
            value |= Int(byte & 0x7F) << (7 * place)
            if byte < 0x80 { return value }
        }
        throw self.damaged("a number is too long")
    }

    /// A number of either sign, whose lowest bit says which.
    mutating func difference() throws(VehicleTablesError) -> Int {
        let number = try self.number()
        return number & 1 == 0 ? number >> 1 : -((number + 1) >> 1)
    }

    /// A number below a limit, such as the place in a list.
    mutating func number(below limit: Int, _ what: String) throws(VehicleTablesError) -> Int {
        let number = try self.number()
        guard number < limit else { throw self.damaged("\(what) \(number) of \(limit)") }
        return number
    }

    /// How many things follow, of which each takes a byte at least: more than are left is damage, not a reservation.
    mutating func count(limit: Int = .max, _ what: String) throws(VehicleTablesError) -> Int {
        let count = try self.number()
        guard count <= limit, count <= self.bytes.count - self.position else {
            throw self.damaged("\(count) \(what)")
        }
        return count
    }

    /// Bytes in front of the payload: the magic, its length and its checksum.
    static let headerBytes = 16
    static let magic: [UInt8] = Array("DRVEHIC\u{1}".utf8)
}

/// The CRC-32 that gzip and zlib compute (IEEE 802.3).
enum Checksum {
    static func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        ~bytes.reduce(~0) { sum, byte in self.table[Int((sum ^ UInt32(byte)) & 0xFF)] ^ (sum >> 8) }
    }

    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 1 ? 0xEDB8_8320 ^ (sum >> 1) : sum >> 1 }
    }
}
