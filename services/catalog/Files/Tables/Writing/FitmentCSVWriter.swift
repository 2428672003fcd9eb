public import CatalogMessages
internal import FileFormats

/// Writes fitments as CSV, a row each: what ``FitmentCSVReader`` reads back equal.
public struct FitmentCSVWriter: CatalogFileWriter, Sendable {
    private let json: CatalogJSON
    private var table: TableWriter

    /// A file with its row of names.
    ///
    /// - Parameter options: Of these the delimiter.
    public init(_ json: CatalogJSON, _ options: TableOptions, isResumed: Bool = false) {
        self.json = json
        self.table = TableWriter(.fitments(json), options, isResumed: isResumed)
    }

    /// Adds a product, or says why it is left out.
    public mutating func append(_ product: Product) -> String? { LeftOut.product }

    /// Adds a fitment, or says why it is left out.
    public mutating func append(_ fitment: Fitment) -> String? {
        guard fitment.vehicle != nil else { return "it names no vehicle" }
        var fitment = fitment
        let named = Self.takeNamedAttributes(&fitment)
        guard let members = self.json.fitment.members(fitment) else { return self.table.append(nil) }
        var cells: [String: ArraySlice<UInt8>] = [:]
        for member in members where member.name != "vehicle" { cells[member.name] = member.value }
        for member in members.first(where: { $0.name == "vehicle" }).flatMap({ JSONMembers($0.value)?.all }) ?? []
        where !Self.saysNothing(member.value) {
            cells[member.name] = member.value
        }
        for (column, name) in named { cells[column] = TableCell.quoted(name.utf8)[...] }
        return self.table.append(cells)
    }

    /// Does nothing: no record is without its end.
    public mutating func complete() {}

    /// Takes out what is written so far.
    public mutating func take() -> [UInt8] { self.table.take() }

    /// Takes the last attributes off that have columns of their own, as far as reading puts them back in their order.
    private static func takeNamedAttributes(_ fitment: inout Fitment) -> [(column: String, name: String)] {
        let kinds: [(column: String, kind: VehicleAttributeKind)] = [
            ("engine", .engine), ("drive", .driveType), ("body", .bodyType),
        ]
        var named: [(column: String, name: String)] = []
        for (column, kind) in kinds.reversed() {
            guard let last = fitment.attributes.last, last.kind == kind, last.id == 0, !last.name.isEmpty else {
                continue
            }
            fitment.attributes.removeLast()
            named.append((column, last.name))
        }
        return named
    }

    private static func saysNothing(_ value: ArraySlice<UInt8>) -> Bool {
        value.elementsEqual("0".utf8) || value.elementsEqual("\"\"".utf8)
    }
}
