internal import ChannelDomain
internal import ChannelMessages
internal import Refusals

extension ChannelRefusal {
    /// The brand has no such connection.
    static func connectionNotFound(_ id: String) -> ChannelRefusal {
        ChannelRefusal(.connectionNotFound, "there is no connection \(id.prefix(64).debugDescription)")
    }
}
