internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import RPC
internal import Refusals

extension SyncConnection {
    /// Gets what is needed to verify a notification, such as a key of the platform.
    ///
    /// - Throws: `RPCError` where it cannot be had now: nothing is known of the notification then.
    func prepare(for notification: PlatformNotification, transport: any PlatformTransport) async throws(RPCError) {
        do throws(PlatformFault) {
            try await self.adapter.prepare(for: notification, account: self.account, transport: transport)
        } catch {
            throw RPCError(
                ChannelRefusal(
                    .platformFailed,
                    "the platform was asked for what verifies its notification, and did not give it (\(error.code))"))
        }
    }
}
