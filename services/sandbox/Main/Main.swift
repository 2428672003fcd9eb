import SandboxServer
import ServiceKit

/// The sandbox's process.
@main struct Main {
    static func main() async {
        await DrivelineService.run(name: "sandbox", settings: SandboxSettings.all) { context in
            context.run(try SandboxProcess(in: context))
        }
    }
}
