public import Configuration

/// What a service was told, checked as a whole: each setting has the type and range that it was declared with.
///
/// A setting's value comes from the first of these that has one: flags, `DRIVELINE_…` environment variables, the JSON
/// file that `--config FILE` or `DRIVELINE_CONFIG` names, its default.
public struct ServiceConfiguration: Sendable {
    /// The bytes of a name that is looked up; a longer one is only called unknown.
    static let maximumNameBytes = 128

    struct Effective: Sendable {
        let text: String?
        let value: any Sendable
        /// Where the text is from, such as `--port` or `default`.
        let origin: String
    }

    /// What is declared of all settings, in the order of their declaration.
    public let declarations: [SettingDeclaration]
    /// The same values for libraries that take a swift-configuration reader: `drain-delay-ms` is `drain.delay.ms`.
    /// Secrets are marked as such.
    public let reader: ConfigReader
    let effective: [String: Effective]

    /// The value of a setting, which must be among those that the service declared.
    public subscript<Value>(_ setting: Setting<Value>) -> Value {
        guard let value = self.effective[setting.declaration.name]?.value as? Value else {
            preconditionFailure("the setting \(setting.declaration.name) is not among the service's settings")
        }
        return value
    }

    /// Where a setting's value is from, such as `--port`, `DRIVELINE_PORT`, `FILE: port` or `default`.
    public func origin<Value>(of setting: Setting<Value>) -> String {
        self.effective[setting.declaration.name]?.origin ?? "default"
    }
}

extension ServiceConfiguration {
    /// Reads a configuration.
    ///
    /// - Parameters:
    ///   - arguments: The command line without the program's name.
    ///   - environment: The environment; only variables with the prefix `DRIVELINE_` are looked at.
    /// - Throws: ``ConfigurationError`` with all that is wrong.
    public init(
        settings: [any AnySetting], arguments: [String] = [], environment: [String: String] = [:]
    ) throws(ConfigurationError) {
        let line = SettingSource.commandLine(arguments, settings.map(\.declaration))
        try self.init(settings, line, environment)
    }

    init(
        _ settings: [any AnySetting], _ line: SettingSource.CommandLine, _ environment: [String: String]
    ) throws(ConfigurationError) {
        let fileVariable = SettingDeclaration.environmentPrefix + "CONFIG"
        var environment = environment
        let variableFile = environment.removeValue(forKey: fileVariable)
        var sources = [line.source, SettingSource(environment: environment)]
        if let path = line.file ?? variableFile { sources.append(SettingSource(file: path)) }

        let declarations = settings.map(\.declaration)
        var problems = sources.flatMap(\.problems)
        let layers = sources.map { SettingLayer($0, declarations, &problems) }
        var effective: [String: Effective] = [:]
        for setting in settings {
            let name = setting.declaration.name
            precondition(effective[name] == nil, "the setting \(name) is declared twice")
            effective[name] = Self.effective(setting, layers, &problems)
        }
        guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
        self.declarations = declarations
        self.effective = effective
        let providers: [any ConfigProvider] =
            zip(["flags", "environment", "file"], layers).map { $1.provider($0) }
            + [SettingLayer(defaultsOf: declarations).provider("defaults")]
        self.reader = ConfigReader(providers: providers)
    }

    private static func effective(
        _ setting: any AnySetting, _ layers: [SettingLayer], _ problems: inout [ConfigurationProblem]
    ) -> Effective? {
        let declaration = setting.declaration
        let given = layers.lazy.compactMap { $0.values[declaration.name] }.first
        let text = given?.text ?? declaration.defaultText
        guard let value = setting.anyValue(of: text) else {
            guard let text else {
                let names = [declaration.flag] + declaration.environmentVariables
                problems.append(
                    .init(
                        declaration.flag, "is not given",
                        "give \(declaration.expectation) with one of " + names.joined(separator: ", ")))
                return nil
            }
            let shown = declaration.isSecret ? "the value" : text.debugDescription
            problems.append(
                .init(
                    given?.subject ?? declaration.flag, "\(shown) is not valid", "give \(declaration.expectation)"))
            return nil
        }
        return Effective(text: text, value: value, origin: given?.subject ?? "default")
    }
}
