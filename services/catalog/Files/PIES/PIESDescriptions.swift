internal import CatalogMessages

/// How a product's name and description stand among the Descriptions of PIES, which has neither.
///
/// A name is written as a short description (SHO) without language and sequence, and a description as an extended one (EXT).
/// Where the other texts tell the same already, nothing is written for them. So names are not doubled, whichever way and
/// how often a product goes.
enum PIESDescriptions {
    static let nameCodes = ["SHO", "DES"]
    static let descriptionCodes = ["EXT", "MKT", "DES"]
    /// As the catalog's names and descriptions are limited.
    static let maximumNameBytes = 1_000
    static let maximumDescriptionBytes = 20_000

    /// What Descriptions say of a product.
    struct Texts: Equatable {
        var name = ""
        var description = ""
        var descriptions: [Description] = []
    }

    /// Takes apart what a file has.
    static func texts(_ all: [Description]) -> Texts {
        var rest = all
        let name = Self.takePlain("SHO", from: &rest, maximumBytes: Self.maximumNameBytes)
        let description = Self.takePlain("EXT", from: &rest, maximumBytes: Self.maximumDescriptionBytes)
        return Texts(
            name: name ?? Self.first(of: Self.nameCodes, in: rest, maximumBytes: Self.maximumNameBytes),
            description: description
                ?? Self.first(of: Self.descriptionCodes, in: rest, maximumBytes: Self.maximumDescriptionBytes),
            descriptions: rest)
    }

    /// Puts together what a file is to have: no more than it takes for the same to be read.
    static func all(_ texts: Texts) -> [Description] {
        let name = texts.name.isEmpty ? [] : [Description(code: "SHO", text: texts.name)]
        let description = texts.description.isEmpty ? [] : [Description(code: "EXT", text: texts.description)]
        let shorter = [[], name, description].map { $0 + texts.descriptions }
        return shorter.first { Self.texts($0) == texts } ?? name + description + texts.descriptions
    }

    /// The first text of a kind that says nothing else.
    private static func takePlain(_ code: String, from all: inout [Description], maximumBytes: Int) -> String? {
        let index = all.firstIndex {
            $0 == Description(code: code, text: $0.text) && $0.text.utf8.count <= maximumBytes
        }
        return index.map { all.remove(at: $0).text }
    }

    private static func first(of codes: [String], in all: [Description], maximumBytes: Int) -> String {
        for code in codes {
            if let text = all.first(where: { $0.code == code && $0.text.utf8.count <= maximumBytes })?.text {
                return text
            }
        }
        return ""
    }
}
