internal import CatalogMessages

/// Pictures of which nothing is known but a URL: a P04 whose FileName is the end of its URI.
enum PIESImage {
    static let type = "P04"

    /// The URL of such a picture; nil: more is known of it.
    static func url(_ element: PIESElement) -> String? {
        guard element.attributes.count == 1, element.children.count == 3, element.text("AssetType") == Self.type,
            let url = element["URI"]?.text, element.text("FileName") == Self.fileName(of: url)
        else { return nil }
        return url
    }

    /// The end of a URL's path, as PIES asks for a name.
    static func fileName(of url: String) -> String {
        let path = url.prefix { $0 != "?" && $0 != "#" }
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        let characters = name.unicodeScalars.suffix(80)
        return characters.isEmpty ? "image" : String(String.UnicodeScalarView(characters))
    }
}

extension Asset {
    /// The file that a DigitalFileInformation tells of.
    init(_ element: PIESElement) throws(PIESItemFault) {
        self.init()
        self.assetID = element.value("AssetID")
        self.language = element.value("LanguageCode")
        self.fileName = element.text("FileName")
        self.type = element.text("AssetType")
        self.fileType = element.text("FileType")
        self.representation = element.text("Representation")
        self.fileSize = UInt64(PIESValue.whole(element.text("FileSize")) ?? 0)
        self.resolution = element.text("Resolution")
        self.colorMode = element.text("ColorMode")
        self.background = element.text("Background")
        self.orientation = element.text("OrientationView")
        if let dimensions = element["AssetDimensions"] {
            self.dimensionUnit = dimensions.value("UOM")
            self.height = try dimensions.decimal("AssetHeight")
            self.width = try dimensions.decimal("AssetWidth")
        }
        self.filePath = element.text("FilePath")
        self.url = element.text("URI")
        self.duration = try element.number("Duration")
        self.durationUnit = element["Duration"]?.value("UOM") ?? ""
        self.frame = try element.number("Frame")
        self.totalFrames = try element.number("TotalFrames")
        self.plane = try element.number("Plane")
        self.hemisphere = element.text("Hemisphere")
        self.plunge = try element.decimal("Plunge")
        self.totalPlanes = try element.number("TotalPlanes")
        for description in element["AssetDescriptions"]?.children ?? [] where !description.isDeleted {
            self.descriptions.append(
                Description(
                    code: description.value("DescriptionCode"), language: description.value("LanguageCode"),
                    text: description.text))
        }
        for date in element["AssetDates"]?.children ?? [] {
            self.dates.append(AssetDate(type: date.value("assetDateType"), date: PIESValue.day(date.text)))
        }
        self.country = element.text("Country")
    }
}
