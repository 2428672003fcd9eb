import DrivelineGenerator
import SwiftProtobufPluginLibrary

/// The plugin that protoc runs.
@main
enum Main {
    static func main() { DrivelineGenerator.main() }
}
