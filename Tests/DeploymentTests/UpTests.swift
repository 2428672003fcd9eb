import Foundation
import TestSupport
import Testing

@testable import LocalSystem

/// The plan of `driveline up` is compared with the executables, which say themselves what they take.
@Suite("The system on one machine")
struct UpTests {
    @Test("every service is in it")
    func services() {
        #expect(SystemPlan.driveline.services.map(\.name).sorted() == ServiceList.names)
    }

    @Test(
        "executables take what they are given, folders among it", arguments: SystemPlan.driveline.services + [.sandbox])
    func configuration(_ service: ServicePlan) throws {
        let folder = DataFolder(URL(filePath: "/nowhere"))
        var environment = Assembly(.driveline, SystemRun.Options(folder: folder, ports: SystemPorts()))
            .environment(of: service)
        environment["DRIVELINE_SERVICE_TOKEN"] = "secret"
        for (setting, secret) in service.secrets {
            environment["DRIVELINE_\(setting.uppercased().replacing("-", with: "_"))"] = secret.made()
        }
        for server in service.needs {
            environment["DRIVELINE_\(server.rawValue.uppercased())_URL"] = "\(server.rawValue)://secret"
        }
        let run = try Command.run(
            Command.product(service.name), ["--print-configuration"], environment: environment)
        #expect(run.exitCode == 0, "\(run.errors)")
        for (setting, name) in service.folders {
            #expect(run.output.contains("\(setting) = \"/nowhere/\(name)\""), "\(run.output)")
        }
        if service.name == "inventory" { #expect(service.folders == ["feed-folder": "feeds"]) }
    }
}
