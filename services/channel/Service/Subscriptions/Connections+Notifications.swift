internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Postgres
internal import WellKnownMessages

extension Connections {
    /// A connection as it is answered, with whether its platform sends notifications.
    func answer(_ stored: StoredConnection) -> Connection {
        var answer = stored.answer
        answer.health?.notifications = self.notifications(of: stored)
        return answer
    }

    private func notifications(of stored: StoredConnection) -> NotificationHealth {
        guard self.registry[stored.document.platform]?.adapter.platform.subscribes ?? false else {
            return NotificationHealth(status: .notOffered)
        }
        guard let gateway else { return NotificationHealth(status: .noAddress) }
        let (state, address) = (stored.subscription, gateway.address(of: stored.notificationPath))
        guard state.address == address else { return NotificationHealth(status: .pending, address: address) }
        let isLookedAfter = stored.status == .active && state.isOf(address, version: stored.version)
        return NotificationHealth(
            status: !state.error.isEmpty ? .failed : state.subscribedAt == nil ? .pending : .subscribed,
            address: address, topics: state.topics,
            subscribedAt: state.subscribedAt.map { PostgresTimestamp(microseconds: $0).protobuf }, error: state.error,
            nextAt: isLookedAfter ? PostgresTimestamp(microseconds: state.dueAt).protobuf : nil)
    }
}
