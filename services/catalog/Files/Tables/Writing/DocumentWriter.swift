internal import FileFormats

/// Writes JSON with a record in each line.
struct DocumentWriter: Sendable {
    private var bytes: [UInt8] = []

    /// Adds a record.
    ///
    /// - Parameter members: What it says; nil: it is too large.
    /// - Returns: Why it is left out; nil: it is not.
    mutating func append(_ members: [JSONMembers.Member]?) -> String? {
        guard let members else { return LeftOut.tooLarge }
        guard members.contains(where: { $0.name == "sku" }) else { return LeftOut.skuMissing }
        let begin = self.bytes.count
        for member in members {
            self.bytes += Array((self.bytes.count == begin ? "{\"" : ",\"").utf8) + Array("\(member.name)\":".utf8)
            self.bytes += member.value
        }
        self.bytes += Array("}\n".utf8)
        guard self.bytes.count - begin <= CatalogJSON.maximumRecordBytes else {
            self.bytes.removeSubrange(begin...)
            return LeftOut.tooLarge
        }
        return nil
    }

    mutating func take() -> [UInt8] {
        defer { self.bytes = [] }
        return self.bytes
    }
}
