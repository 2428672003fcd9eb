public import CatalogMessages

/// Which reader reads a file, and which writer writes one.
public enum CatalogFileFormats {
    /// A reader for the files of an import.
    ///
    /// - Throws: ``CatalogFileFault`` where the options cannot be followed.
    public static func reader(for options: CatalogImportOptions) throws(CatalogFileFault) -> any CatalogFileReader {
        switch options.format {
        case .aces: try ACESReader()
        case .pies: try PIESReader()
        case .csv: ProductCSVReader(try self.json(), try TableOptions(options))
        case .json: ProductJSONReader(try self.json())
        case .fitmentCsv: FitmentCSVReader(try self.json(), try TableOptions(options))
        case .fitmentJSON: FitmentJSONReader(try self.json())
        case .unspecified, .unrecognized: throw self.unknown
        }
    }

    /// A writer for the file of an export.
    ///
    /// - Parameters:
    ///   - date: The day of the file, YYYY-MM-DD.
    ///   - resumedAfter: How many records the file has already, where the export is taken up again.
    ///   - isResumed: The file has been begun.
    /// - Throws: ``CatalogFileFault`` where the options cannot be followed.
    public static func writer(
        for options: CatalogExportOptions, date: String, resumedAfter: Int64 = 0, isResumed: Bool = false
    ) throws(CatalogFileFault) -> any CatalogFileWriter {
        switch options.format {
        case .aces:
            try ACESWriter(options, date: date, resumedAfter: resumedAfter, isResumed: isResumed)
        case .pies:
            try PIESWriter(options: options, date: date, resumedAfter: resumedAfter, isResumed: isResumed)
        case .csv: ProductCSVWriter(try self.json(), try TableOptions(), isResumed: isResumed)
        case .json: ProductJSONWriter(try self.json())
        case .fitmentCsv: FitmentCSVWriter(try self.json(), try TableOptions(), isResumed: isResumed)
        case .fitmentJSON: FitmentJSONWriter(try self.json())
        case .unspecified, .unrecognized: throw self.unknown
        }
    }

    private static func json() throws(CatalogFileFault) -> CatalogJSON {
        do {
            return try CatalogJSON()
        } catch {
            throw CatalogFileFault(
                code: "internal", line: 0, message: "the tables of messages cannot be read: \(error)")
        }
    }

    private static let unknown = CatalogFileFault(
        code: "invalid-option", line: 0,
        message: "the format is not known; expected one of those in the API's description")
}
