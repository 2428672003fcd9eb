internal import Logging
internal import ServiceLifecycle

/// What looks for work again and again has in common: it does one portion after another while there are some, and looks
/// again after a while.
struct WorkInPortions {
    /// How long it waits when nothing was left, or a portion failed, in milliseconds; up to half of it longer, by chance,
    /// so that copies do not look at the same moment.
    let intervalMilliseconds: Int64
    /// What the log says of a portion that failed.
    let failure: Logger.Message
    let logger: Logger

    /// Works until the task is cancelled or the service shuts down.
    ///
    /// - Parameter portion: Does some of the work, and says whether there was any.
    func run(_ portion: @escaping @Sendable () async throws -> Bool) async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    if try await portion() { continue }
                } catch {
                    self.logger.warning(self.failure, error: error)
                }
                let milliseconds = self.intervalMilliseconds + .random(in: 0...self.intervalMilliseconds / 2)
                try? await Task.sleep(for: .milliseconds(milliseconds))
            }
        }
    }
}
