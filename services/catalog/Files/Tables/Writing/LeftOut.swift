/// Why a record is left out of a file, for people.
enum LeftOut {
    static let fitment = "the file holds products, not fitments"
    static let product = "the file holds fitments, not products"
    static let skuMissing = "it has no SKU"
    static let tooLarge = "it has more than \(CatalogJSON.maximumRecordBytes) bytes, more than is read back"
}
