extension ServiceConfiguration {
    /// What stands for a secret's value.
    static let hidden = "***"

    /// All settings with their values and where these are from, one on a line; secrets as `***`.
    public var listing: String {
        self.declarations.map { declaration in
            let effective = self.effective[declaration.name]
            let value: String
            switch (effective?.text, declaration.isSecret) {
            case (nil, _): value = "(not set)"
            case (_?, true): value = Self.hidden
            case (let text?, false): value = text.debugDescription
            }
            return "\(declaration.name) = \(value)  (\(effective?.origin ?? "default"))\n"
        }.joined()
    }

    private static func migrateUsage(_ name: String, _ declarations: [SettingDeclaration]) -> String {
        guard declarations.contains(ServiceDatabase.migrateOnStart.declaration) else { return "" }
        return "       \(name) migrate status|up [--NAME VALUE ...]\n"
    }

    /// What `--help` prints.
    static func help(_ name: String, _ declarations: [SettingDeclaration]) -> String {
        var text = """
            Usage: \(name) [--NAME VALUE ...]
            \(Self.migrateUsage(name, declarations))

            Each setting can be a flag, an environment variable, or a key in the JSON file that --config FILE names,
            in this order of precedence. A secret can be given as a file, under the same name with -file.

              --help                 prints this
              --version              prints the version
              --print-configuration  prints the settings that would be used, and where they come from
              --config FILE          DRIVELINE_CONFIG: the file of settings


            """
        for declaration in declarations {
            text += "  \(declaration.flag), \(declaration.environmentVariable)\n"
            text += "      \(declaration.summary)\n      \(declaration.expectation)"
            if declaration.isSecret { text += "; secret, or \(declaration.flag)-file FILE" }
            if let defaultText = declaration.defaultText, !defaultText.isEmpty { text += "; default \(defaultText)" }
            text += "\n"
        }
        return text
    }
}
