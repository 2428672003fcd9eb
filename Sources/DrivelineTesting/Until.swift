/// Looks every two milliseconds until something is so.
///
/// - Throws: `CancellationError` where the task is cancelled, as it is when a test's time is over.
public func until(_ isSo: () async throws -> Bool) async throws {
    while try await !isSo() { try await Task.sleep(for: .milliseconds(2)) }
}
