internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Refusals

extension PlatformDescription {
    /// Adds what is wrong with the settings of a connection.
    func check(settings: [String: String], faults: inout ChannelFaults) {
        self.checkNames(settings.keys, of: "settings", known: self.settings, faults: &faults)
        for field in self.settings {
            guard let value = settings[field.name], !value.isEmpty else {
                if field.isRequired { faults.addMissing("settings.\(field.name)", field) }
                continue
            }
            let name = "settings.\(field.name)"
            if value.utf8.count > ConnectionLimits.settingBytes {
                faults.add(
                    .invalidValue, name, "has \(value.utf8.count) bytes",
                    expected: "at most \(ConnectionLimits.settingBytes)")
            } else if value.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
                faults.add(.invalidValue, name, "has a control character", expected: field.expectation)
            }
        }
    }

    /// Adds what is wrong with the credentials of a connection. No fault holds anything of their values.
    ///
    /// - Parameters:
    ///   - given: Those that are set now; an empty one is to be forgotten.
    ///   - known: The names of those that are there already.
    func check(credentials given: [String: String], known: [String], faults: inout ChannelFaults) {
        self.checkNames(given.keys, of: "credentials", known: self.credentials, faults: &faults)
        for field in self.credentials {
            let name = "credentials.\(field.name)"
            guard let value = given[field.name] else {
                if field.isRequired, !known.contains(field.name) { faults.addMissing(name, field) }
                continue
            }
            if value.isEmpty {
                if field.isRequired { faults.addMissing(name, field) }
            } else if value.utf8.count > ConnectionLimits.credentialBytes {
                faults.add(
                    .invalidValue, name, "has \(value.utf8.count) bytes",
                    expected: "at most \(ConnectionLimits.credentialBytes)")
            } else if value.unicodeScalars.contains(where: {
                // Keys in PEM have lines.
                ($0.value < 0x20 && $0 != "\n" && $0 != "\r") || $0.value == 0x7F
            }) {
                faults.add(.invalidValue, name, "has a control character", expected: field.expectation)
            }
        }
    }

    /// The platform as it is answered.
    var message: Platform {
        Platform(
            id: self.id, name: self.name, settings: self.settings.map(\.message),
            credentials: self.credentials.map(\.message),
            operations: self.operations.map {
                PlatformOperation(
                    name: $0.name, ratePerSecond: $0.ratePerSecond, burst: $0.burst, rows: UInt32(clamping: $0.rows))
            })
    }

    private func checkNames(
        _ names: some Sequence<String>, of container: String, known: [Field], faults: inout ChannelFaults
    ) {
        let valid = known.map(\.name)
        for name in names.sorted() where !valid.contains(name) {
            faults.add(
                .invalidValue, "\(container).\(name.prefix(64))", "is none that \(self.name) has",
                expected: valid.isEmpty ? "none" : "one of " + valid.joined(separator: ", "))
        }
    }
}

extension PlatformDescription.Field {
    fileprivate var message: PlatformField {
        PlatformField(
            name: self.name, required: self.isRequired, description: self.description, example: self.example)
    }

    /// What would be valid, for people.
    fileprivate var expectation: String {
        self.example.isEmpty ? self.description : "\(self.description), such as \(self.example)"
    }
}

extension ChannelFaults {
    fileprivate mutating func addMissing(_ name: String, _ field: PlatformDescription.Field) {
        self.add(.invalidValue, name, "is missing", expected: field.expectation)
    }
}
