import Foundation
import TestSupport

/// The services that there are, by their folders.
enum ServiceList {
    static let names: [String] = {
        let folder = Python.root.appending(path: "services").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0 != Self.standIn && FileManager.default.fileExists(atPath: "\(folder)/\($0)/Main") }
            .sorted()
    }()

    /// The stand-in marketplaces, which nobody deploys.
    private static let standIn = "sandbox"

    /// Those that keep data, and so have migrations.
    static let withDatabase = names.filter {
        FileManager.default.fileExists(atPath: Python.root.appending(path: "services/\($0)/Service/Migrations").path)
    }

    /// The text of the Dockerfile.
    static func dockerfile() throws -> String {
        try String(contentsOf: Python.root.appending(path: "Dockerfile"), encoding: .utf8)
    }
}
