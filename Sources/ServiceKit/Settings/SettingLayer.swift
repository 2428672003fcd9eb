internal import Configuration

/// The values that one source gives to declared settings.
struct SettingLayer {
    struct Given {
        let declaration: SettingDeclaration
        let text: String
        let subject: String
    }

    private(set) var values: [String: Given] = [:]

    /// The defaults.
    init(defaultsOf declarations: [SettingDeclaration]) {
        for declaration in declarations {
            guard let text = declaration.defaultText else { continue }
            self.values[declaration.name] = Given(declaration: declaration, text: text, subject: "default")
        }
    }

    /// Finds the setting of each entry of a source; what belongs to none is a problem, and so is what is given twice.
    init(_ source: SettingSource, _ declarations: [SettingDeclaration], _ problems: inout [ConfigurationProblem]) {
        let known = Dictionary(
            declarations.flatMap { declaration in declaration.names.map { ($0, declaration) } },
            uniquingKeysWith: { first, _ in first })
        for entry in source.entries {
            guard let declaration = known[entry.name] else {
                problems.append(Self.unknown(entry, known))
                continue
            }
            guard self.values[declaration.name] == nil else {
                problems.append(.init(entry.subject, "\(declaration.name) is given twice", "leave one of them out"))
                continue
            }
            guard let text = Self.text(of: entry, declaration, &problems) else { continue }
            self.values[declaration.name] = Given(declaration: declaration, text: text, subject: entry.subject)
        }
    }

    private static func text(
        of entry: SettingSource.Entry, _ declaration: SettingDeclaration, _ problems: inout [ConfigurationProblem]
    ) -> String? {
        guard declaration.isSecret, entry.name == declaration.fileName else { return entry.text }
        do {
            return try SettingSource.secret(in: entry.text)
        } catch {
            problems.append(
                .init(entry.subject, "the file \(entry.text) \(error.reason)", "give a file that holds the secret"))
            return nil
        }
    }

    private static func unknown(
        _ entry: SettingSource.Entry, _ known: [String: SettingDeclaration]
    ) -> ConfigurationProblem {
        let isLong = entry.name.utf8.count > ServiceConfiguration.maximumNameBytes
        let nearest = isLong ? nil : EditDistance.nearest(to: entry.name, among: known.keys.sorted() + ["config"])
        guard let nearest else {
            return .init(entry.subject, "there is no such setting", "--help lists all")
        }
        let spelling =
            if entry.subject.hasPrefix("--") {
                "--" + nearest
            } else if entry.subject.hasPrefix(SettingDeclaration.environmentPrefix) {
                SettingDeclaration.environmentVariable(of: nearest)
            } else {
                nearest
            }
        return .init(entry.subject, "there is no such setting", "did you mean \(spelling)?")
    }

    /// The values as swift-configuration knows them.
    func provider(_ name: String) -> InMemoryProvider {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for given in self.values.values {
            let key = AbsoluteConfigKey(given.declaration.name.split(separator: "-").map(String.init))
            values[key] = ConfigValue(given.content, isSecret: given.declaration.isSecret)
        }
        return InMemoryProvider(name: name, values: values)
    }
}

extension SettingLayer.Given {
    fileprivate var content: ConfigContent {
        switch self.declaration.kind {
        case .integer: Int(self.text).map { .int($0) } ?? .string(self.text)
        case .boolean: Bool(self.text).map { .bool($0) } ?? .string(self.text)
        case .list: .stringArray(self.text.split(separator: ",").map(String.init))
        case .text, .choice, .file, .addresses: .string(self.text)
        }
    }
}
