internal import XML

extension CatalogFileFault {
    /// The codes of faults of files in XML, ACES and PIES alike.
    ///
    /// Those that name what the trade's standards ask for come from the formats' own readers, the others from the file's
    /// being no XML that is read.
    public enum XMLCode {
        /// It breaks the rules of XML, names an entity that XML itself does not have, or has a second root.
        public static let malformed = "malformed-xml"
        /// It ends before its root does.
        public static let truncated = "truncated"
        /// It has a DOCTYPE, which could declare entities.
        public static let doctype = "doctype"
        /// Its bytes are not in the encoding that it names, or in one that is not read.
        public static let encoding = "encoding"
        /// It goes beyond one of the reader's limits.
        public static let limit = "limit"
        /// Its root is another element than the format's.
        public static let wrongRoot = "wrong-root"
        /// Its version is missing, or none that is read.
        public static let version = "version"
        /// Elements stand where the format has none.
        public static let structure = "structure"
        /// Its header is missing, comes twice, or comes too late.
        public static let header = "header"
        /// It does not say in a known word whether it is full, an update or a test.
        public static let submissionType = "submission-type"
        /// The count of its records, by which a file that lost some is recognised, is missing or no number.
        public static let recordCount = "record-count"
        /// There is no memory to read it with.
        public static let outOfMemory = "out-of-memory"
    }

    init(_ error: XMLError) {
        let code =
            switch error.code {
            case .truncated: XMLCode.truncated
            case .doctype: XMLCode.doctype
            case .encoding: XMLCode.encoding
            case .limit: XMLCode.limit
            case .outOfMemory: XMLCode.outOfMemory
            default: XMLCode.malformed
            }
        self.init(code: code, line: Int64(error.line), message: error.reason)
    }
}
