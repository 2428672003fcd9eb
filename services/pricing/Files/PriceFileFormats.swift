public import PricingDomain
public import PricingMessages

/// Which reader reads a file, and which writer writes one.
public enum PriceFileFormats {
    /// A reader for the file of an import.
    ///
    /// - Parameter choices: For PIES: which list takes which prices; the first that holds does.
    /// - Throws: ``PriceFileFault`` where the options cannot be followed.
    public static func reader(
        for options: PriceImportOptions, choices: [PIESListChoice]
    ) throws(PriceFileFault) -> any PriceFileReader {
        switch options.format {
        case .csv: PriceCSVReader(try PriceTableOptions(options))
        case .pies: try PIESPriceReader(choices)
        case .unspecified, .unrecognized: throw self.unknown
        }
    }

    /// A writer for the file of an export.
    ///
    /// - Parameters:
    ///   - lists: Whose prices are written; those of no other may be appended.
    ///   - day: The day of the file.
    ///   - resumedAfter: How many SKUs the file has already, where the export is taken up again.
    ///   - isResumed: The file has been begun.
    /// - Throws: ``PriceFileFault`` where the options cannot be followed, or the format cannot carry a list.
    public static func writer(
        for options: PriceExportOptions, lists: [ExportedList], day: Instant, resumedAfter: Int64 = 0,
        isResumed: Bool = false
    ) throws(PriceFileFault) -> any PriceFileWriter {
        switch options.format {
        case .csv: PriceCSVWriter(isResumed: isResumed)
        case .pies:
            try PIESPriceWriter(options, lists: lists, day: day, resumedAfter: resumedAfter, isResumed: isResumed)
        case .unspecified, .unrecognized: throw self.unknown
        }
    }

    private static let unknown = PriceFileFault(
        code: "invalid-option", message: "the format is not known; expected CSV or PIES")
}
