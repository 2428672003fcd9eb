internal import ChannelAdapter
internal import ChannelDomain
internal import ServiceKit

/// The adapters that there are, by their platforms.
struct ConnectionRegistry: Sendable {
    /// An adapter, with what was made of it once.
    struct Entry: Sendable {
        let adapter: any ChannelAdapter
        /// The mapping of connections that have none of their own.
        let defaultMapping: MappingProgram
    }

    private let entries: [String: Entry]

    /// - Throws: `StartupError` where two adapters have one platform, or the mapping of one is not valid.
    init(_ adapters: [any ChannelAdapter]) throws(StartupError) {
        var entries: [String: Entry] = [:]
        for adapter in adapters {
            let id = adapter.platform.id
            guard entries[id] == nil else {
                throw StartupError(
                    "two adapters are of the platform \(id)", exitCode: StartupError.softwareExitCode)
            }
            do throws(ChannelRefusal) {
                entries[id] = Entry(adapter: adapter, defaultMapping: try MappingProgram(adapter.defaultMapping))
            } catch {
                throw StartupError(
                    "the mapping of the adapter of \(id) is not valid: \(error)",
                    exitCode: StartupError.softwareExitCode)
            }
        }
        self.entries = entries
    }

    /// The adapter of a platform; nil: there is none.
    subscript(platform: String) -> Entry? { self.entries[platform] }

    /// The ids of the platforms, by bytes.
    var platforms: [String] { self.entries.keys.sorted() }
}
