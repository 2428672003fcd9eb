/// What the values of an ACES file may come to. An application beyond one of them is refused.
///
/// They are the schema's, and those of the catalog's own fields where these are narrower.
enum ACESLimits {
    /// The greatest id, order and number of an application.
    static let id: UInt32 = 2_147_483_647
    /// The greatest id of a part type and of a position.
    static let partTypeID: UInt32 = 99_999_999
    /// The greatest quantity.
    static let quantity: UInt32 = 9_999
    /// Years of models and of production. The schema has the first one, the catalog's fields the last.
    static let years: ClosedRange<UInt32> = 1_896...2_100

    /// Characters of a part number up to ACES 4.2, and from 5.0 on.
    static let partCharacters = 45
    static let longerPartCharacters = 48
    /// Bytes of a part number, which is a product's SKU.
    static let partBytes = 64

    /// Bytes of names that stand in an element beside its id.
    static let makeBytes = 80
    static let nameBytes = 120
    static let partTypeBytes = 240
    /// Bytes of texts.
    static let qualifierBytes = 4_000
    static let noteBytes = 8_000
    static let labelBytes = 240
    static let parameterBytes = 400
    static let unitBytes = 3
    static let languageBytes = 8
    static let assetNameBytes = 45
    static let assetReferenceBytes = 240
    static let referenceBytes = 240

    /// How many qualifiers and notes an application may have, and parameters a qualifier.
    static let qualifiers = 50
    static let notes = 50
    static let parameters = 20

    /// Bytes of one text or attribute in the whole file: longer ones end the reading. A note of more bytes than
    /// ``noteBytes`` but fewer than these costs its application only.
    static let textBytes = 16 << 20
}
