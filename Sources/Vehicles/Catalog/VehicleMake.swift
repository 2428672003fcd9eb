/// A make, its models, and what the EPA's table has about them.
public struct VehicleMake: Sendable {
    /// Its official spelling.
    public let name: String
    /// Its models, by name.
    public let models: [VehicleModel]

    /// A text of the EPA.
    struct Text: Sendable {
        let text: String
        let configurations: [VehicleConfiguration]
    }

    /// That a text is about a model.
    struct Link: Sendable {
        let text: Int
        let kind: LinkKind
    }

    /// How a text is about a model, as `scripts/vehicle-tables` numbers it.
    enum LinkKind: Int {
        case name, beginning, within, ofClass

        var sureness: VehicleMatch.Sureness {
            switch self {
            case .name: .name
            case .beginning: .beginning
            case .within, .ofClass: .within
            }
        }
    }

    private let texts: [Text]
    /// For each model.
    private let links: [[Link]]
    /// For each folded name the model.
    private let modelOfKey: [String: Int]
    let key: String

    /// The model years in which a table has one of its models, the earliest first.
    public var years: [Int] { Set(self.models.flatMap { $0.years.spans.joined() }).sorted() }

    /// Its models of a model year, by name.
    ///
    /// - Parameter includingPossible: Whether those are among them of which no table says that they were given up before.
    public func models(in year: Int, includingPossible: Bool = false) -> [VehicleModel] {
        self.models.filter { model in
            switch model.existence(in: year) {
            case .attested: true
            case .possible: includingPossible
            case .unknown: false
            }
        }
    }

    /// A model by any spelling of its name, with or without the make in front of it; "240" is the "240 Series", too.
    public func model(named name: some StringProtocol) -> VehicleModel? {
        self.index(ofModel: name).map { self.models[$0] }
    }

    private func index(ofModel name: some StringProtocol) -> Int? {
        let key = FoldedName.key(name)
        if let model = self.modelOfKey[key] { return model }
        if key.hasPrefix(self.key), let model = self.modelOfKey[String(key.dropFirst(self.key.count))] { return model }
        // Mazda's "3" is its "Mazda3".
        return key.isEmpty ? nil : self.modelOfKey[self.key + key]
    }

    /// The names of models that are the nearest to one that is none, the nearest first.
    ///
    /// - Parameter year: Models of that year come first among equally near ones.
    public func nearestModels(to name: some StringProtocol, year: Int? = nil, limit: Int = 3) -> [String] {
        let candidates = self.models.map { model in
            NearestNames.Candidate(
                name: model.name, key: FoldedName.key(model.name),
                isPreferred: year.map { model.existence(in: $0) == .attested } ?? model.isOfficial)
        }
        return NearestNames.nearest(to: FoldedName.key(name), of: candidates, limit: limit)
    }

    /// The configurations of a model.
    ///
    /// - Parameters:
    ///   - year: A model year; nil: all.
    ///   - series: The series and trim that a VIN tells; where the table tells them apart by words with digits, such as
    ///     "1500" or "C300", only theirs are given.
    /// - Returns: nil where the table has nothing about the model in that year.
    public func configurations(
        ofModel name: some StringProtocol, year: Int? = nil, series: [String] = []
    ) -> VehicleMatch? {
        guard let model = self.index(ofModel: name) else { return nil }
        var found: [(kind: LinkKind, text: Text, configurations: [VehicleConfiguration])] = []
        for link in self.links[model] {
            let text = self.texts[link.text]
            let configurations = text.configurations.filter { configuration in
                year.map { configuration.years.contains($0) } ?? true
            }
            if !configurations.isEmpty { found.append((link.kind, text, configurations)) }
        }
        // What only has the name within says nothing where something begins with it.
        if found.contains(where: { $0.kind.sureness >= .beginning }) {
            found.removeAll { $0.kind.sureness < .beginning }
        }
        guard let sureness = found.map(\.kind.sureness).min() else { return nil }
        let words = Set(series.flatMap { FoldedName.words($0) }.filter { $0.contains(where: \.isNumber) })
        let match = VehicleMatch(sureness: sureness, configurations: found.flatMap(\.configurations))
        return words.isEmpty ? match : match.narrowed { !words.isDisjoint(with: FoldedName.words($0.text)) }
    }
}

extension VehicleMake {
    /// The lists that the EPA's configurations refer to.
    struct Lists {
        let engines: [EngineChoice]
        let vehicleClasses: [String?]
        let drives: [String?]
        let transmissions: [String?]

        init(_ reader: inout TableReader, _ strings: StringTable) throws(VehicleTablesError) {
            var engines: [EngineChoice] = []
            for _ in 0..<(try reader.count("engines")) { engines.append(try EngineChoice(&reader, strings)) }
            self.engines = engines
            self.vehicleClasses = try Self.texts(&reader, strings)
            self.drives = try Self.texts(&reader, strings)
            self.transmissions = try Self.texts(&reader, strings)
        }

        private static func texts(
            _ reader: inout TableReader, _ strings: StringTable
        ) throws(VehicleTablesError) -> [String?] {
            var texts: [String?] = []
            for _ in 0..<(try reader.count("texts")) { texts.append(try strings.nextIfAny(&reader)) }
            return texts
        }
    }

    init(_ reader: inout TableReader, _ strings: StringTable, _ lists: Lists) throws(VehicleTablesError) {
        self.name = try strings.next(&reader)
        self.key = FoldedName.key(self.name)
        var models: [VehicleModel] = []
        for _ in 0..<(try reader.count("models")) {
            models.append(try VehicleModel(&reader, strings, make: self.name))
        }
        var texts: [Text] = []
        var links: [[Link]] = Array(repeating: [], count: models.count)
        for _ in 0..<(try reader.count("texts")) {
            let text = try strings.next(&reader)
            for _ in 0..<(try reader.count("links")) {
                let link = try reader.number(below: models.count << 2, "link")
                guard let kind = LinkKind(rawValue: link & 3) else { throw reader.damaged("a link of no kind") }
                links[link >> 2].append(Link(text: texts.count, kind: kind))
            }
            var configurations: [VehicleConfiguration] = []
            for _ in 0..<(try reader.count("configurations")) {
                configurations.append(try VehicleConfiguration(&reader, text, lists))
            }
            texts.append(Text(text: text, configurations: configurations))
        }
        (self.models, self.texts, self.links) = (models, texts, links)
        self.modelOfKey = Self.keys(models)
    }

    /// Of two names with one key the first counts; a name without "Series" or "Class" counts where no model has it.
    private static func keys(_ models: [VehicleModel]) -> [String: Int] {
        var keys: [String: Int] = [:]
        for (index, model) in models.enumerated() {
            let key = FoldedName.key(model.name)
            if keys[key] == nil { keys[key] = index }
        }
        for (index, model) in models.enumerated() {
            let words = FoldedName.words(model.name.replacing("-", with: " "))
            guard words.count > 1, words.last == "series" || words.last == "class" else { continue }
            let key = words.dropLast().joined()
            if keys[key] == nil { keys[key] = index }
        }
        return keys
    }
}

extension VehicleConfiguration {
    fileprivate init(
        _ reader: inout TableReader, _ text: String, _ lists: VehicleMake.Lists
    ) throws(VehicleTablesError) {
        self.text = text
        self.engine = lists.engines[try reader.number(below: lists.engines.count, "engine")]
        self.vehicleClass = lists.vehicleClasses[try reader.number(below: lists.vehicleClasses.count, "class")]
        self.drive = lists.drives[try reader.number(below: lists.drives.count, "drive")]
        self.transmission = lists.transmissions[try reader.number(below: lists.transmissions.count, "transmission")]
        self.years = try YearSpans(&reader)
    }
}
