internal import ChannelAdapter

extension SyncConnection {
    /// Our location that the platform's own stock is written to; nil: it is not read.
    var fulfilmentLocation: String? {
        let location = self.account.settings[PlatformDescription.fulfilmentLocation, default: ""]
        return location.isEmpty ? nil : location
    }

    /// How the platform's own stock is read; nil: it has none.
    var fulfilledStock: PlatformDescription.Operation? {
        self.adapter.operations(with: self.account.settings).first { $0.name == PlatformDescription.fulfilledStock }
    }
}
