internal import CVehicleTables

/// Tables of vehicles: which VINs are which vehicles, and which vehicles exist.
///
/// ``embedded`` are part of the executable; `docs/vehicles.md` tells where they come from. All of a table's content is
/// checked while it is read, so that no use of it can fail. Values: copies share their storage.
public struct VehicleTables: Sendable {
    /// Decodes VINs.
    public let decoder: VINDecoder
    /// The makes and models, and what is known of each.
    public let catalog: VehicleCatalog

    /// Reads tables that `scripts/vehicle-tables` has written.
    ///
    /// It costs some milliseconds and a few MiB.
    ///
    /// - Throws: ``VehicleTablesError`` where these are no such tables, or damaged ones.
    public init(file: [UInt8]) throws(VehicleTablesError) {
        try self.init(reader: TableReader(file: file))
    }

    init(reader: consuming TableReader) throws(VehicleTablesError) {
        let strings = try StringTable(&reader)
        let patterns = try PatternTable(&reader, strings)
        self.decoder = VINDecoder(manufacturers: try ManufacturerTable(&reader, strings, patterns), patterns: patterns)
        self.catalog = try VehicleCatalog(&reader, strings)
        guard reader.isAtEnd else { throw reader.damaged("there is more than the tables") }
    }

    /// The tables that are part of the executable, which are read once, at the first use.
    ///
    /// - Throws: ``VehicleTablesError`` where the executable is damaged; it does so each time.
    public static var embedded: VehicleTables {
        get throws(VehicleTablesError) { try self.loaded.get() }
    }

    private static let loaded = Result { () throws(VehicleTablesError) in try VehicleTables(file: Self.embeddedFile) }

    /// A copy of the bytes that the executable carries.
    static var embeddedFile: [UInt8] {
        var length = 0
        // The pointer is to a constant of the executable of that length, which is there as long as the process.
        return [UInt8](UnsafeBufferPointer(start: vehicle_tables(&length), count: length))
    }
}

/// The texts of the tables, to which their other parts refer by number.
struct StringTable {
    private let texts: [String]

    init(_ reader: inout TableReader) throws(VehicleTablesError) {
        let count = try reader.count("texts")
        var texts: [String] = []
        texts.reserveCapacity(count)
        var bytes: [UInt8] = []
        for _ in 0..<count {
            let shared = try reader.number(below: bytes.count + 1, "bytes shared with the text before:")
            bytes.removeLast(bytes.count - shared)
            bytes += try reader.bytes(reader.number())
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw reader.damaged("a text is no UTF-8")
            }
            texts.append(text)
        }
        self.texts = texts
    }

    /// The text whose number comes next.
    func next(_ reader: inout TableReader) throws(VehicleTablesError) -> String {
        self.texts[try reader.number(below: self.texts.count, "text")]
    }

    /// The text whose number comes next, or nothing where it is empty.
    func nextIfAny(_ reader: inout TableReader) throws(VehicleTablesError) -> String? {
        let text = try self.next(&reader)
        return text.isEmpty ? nil : text
    }
}
