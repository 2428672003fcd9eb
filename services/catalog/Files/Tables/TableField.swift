internal import CatalogMessages
internal import Transcoding

/// A column of ours: what its cells are, and where they stand in the record's JSON.
struct TableField: Hashable, Sendable {
    /// What a cell holds.
    enum Form: Hashable, Sendable {
        case text
        case number
        case boolean
        /// Texts with a bar between them, or a JSON list.
        case texts
        /// Notes of a fitment: as texts are, or a JSON list of objects.
        case notes
        /// A JSON list or object.
        case json
        /// A JSON object of texts; a column named behind a dot holds one of them.
        case map
        /// The name of one attribute of the vehicle, of the kind that is given by its name in JSON.
        case vehicleAttribute(kind: String)
    }

    /// Its name, as the table's first row has it.
    let name: String
    let form: Form
    /// Whether it belongs to the vehicle of a fitment.
    var isOfVehicle = false

    init(name: String, form: Form) {
        self.name = name
        self.form = form
    }

    init(_ field: Schema.Field, isOfVehicle: Bool = false) {
        let form: Form
        switch (field.count, field.kind) {
        case (.one, .text): form = .text
        case (.one, .number): form = .number
        case (.one, .boolean): form = .boolean
        case (.list, .text): form = .texts
        case (.map, .text): form = .map
        default: form = .json
        }
        self.init(name: field.name, form: form)
        self.isOfVehicle = isOfVehicle
    }
}

/// The columns that a table can have.
struct TableForm: Sendable {
    /// The column that says what becomes of a record; it is never written.
    static let actionColumn = "action"

    /// In the order in which they are written.
    let fields: [TableField]
    /// Columns that are passed over, as they stand in answers only.
    let onlyInAnswers: Set<String>
    /// What the action column takes.
    let actions: [String: FileAction]
    /// What a row is refused as.
    let reason: RefusalReason

    /// All names that a column can have, for faults.
    var names: [String] { self.fields.map(\.name) + [Self.actionColumn] }

    /// A product in each row: a column for each field.
    static func products(_ json: CatalogJSON) -> TableForm {
        TableForm(
            fields: json.product.fields.map { TableField($0) }, onlyInAnswers: json.product.onlyInAnswers,
            actions: ["A": .add, "C": .change, "D": .delete], reason: .invalidProduct)
    }

    /// A fitment in each row: a column for each field of it and of its vehicle, and three for the attributes that people
    /// name most.
    static func fitments(_ json: CatalogJSON) -> TableForm {
        var fields: [TableField] = []
        for field in json.fitment.fields {
            if field.name == "vehicle", let vehicle = field.message {
                fields += json.fitment.schema.fields(of: vehicle).map { TableField($0, isOfVehicle: true) }
            } else if field.name == "notes" {
                fields.append(TableField(name: field.name, form: .notes))
            } else {
                fields.append(TableField(field))
            }
        }
        fields += Self.namedAttributes.map { TableField(name: $0.column, form: .vehicleAttribute(kind: $0.kind)) }
        let first = Self.firstOfFitments.compactMap { name in fields.first { $0.name == name } }
        return TableForm(
            fields: first + fields.filter { !first.contains($0) }, onlyInAnswers: json.fitment.onlyInAnswers,
            actions: ["A": .add, "D": .delete], reason: .invalidFitment)
    }

    /// The columns for attributes by their name, in the order in which they follow those of the column of attributes.
    static let namedAttributes = [
        (column: "engine", kind: "engine"), (column: "drive", kind: "drive_type"), (column: "body", kind: "body_type"),
    ]

    private static let firstOfFitments = [
        "sku", "yearFrom", "yearTo", "make", "model", "submodel", "engine", "drive", "body", "position", "quantity",
        "notes", "partType",
    ]
}
