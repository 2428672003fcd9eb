internal import AsyncHTTPClient
internal import ChannelAdapter
internal import InternetAddresses
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import ServiceKit

/// The hosts of platforms, with the connections to them.
///
/// Names are resolved here, all addresses are looked at, and connections are made to the one that was looked at: a name that
/// changes its mind in between leads nowhere else.
actor PlatformHosts {
    private struct Host: Hashable {
        let name: String
        let port: Int
    }

    /// The client of one host at one address; ended when it is retired and nobody uses it.
    private final class Entry {
        let client: HTTPClient
        let address: String
        var checkedAt: ContinuousClock.Instant
        var usedAt: ContinuousClock.Instant
        var uses = 0
        var isRetired = false

        init(_ client: HTTPClient, address: String, at now: ContinuousClock.Instant) {
            self.client = client
            self.address = address
            self.checkedAt = now
            self.usedAt = now
        }
    }

    private let configuration: PlatformClientConfiguration
    private var entries: [Host: Entry] = [:]
    private var isEnded = false

    init(_ configuration: PlatformClientConfiguration) { self.configuration = configuration }

    /// Runs a body with the client of a host, which is not to be used afterwards.
    ///
    /// - Throws: A fault where the host is not known or may not be called; what the body throws.
    func withClient<Value: Sendable>(
        of url: PlatformURL, _ body: @Sendable (HTTPClient) async throws(PlatformFault) -> Value
    ) async throws(PlatformFault) -> Value {
        let entry = try await self.entry(of: url)
        entry.uses += 1
        entry.usedAt = .now
        do throws(PlatformFault) {
            let value = try await body(entry.client)
            self.release(entry)
            return value
        } catch {
            self.release(entry)
            throw error
        }
    }

    /// Ends all connections, when the last call has ended.
    func end() {
        self.isEnded = true
        for entry in self.entries.values { self.retire(entry) }
        self.entries = [:]
    }

    private func entry(of url: PlatformURL) async throws(PlatformFault) -> Entry {
        guard !self.isEnded else {
            throw PlatformFault(.retry, code: PlatformFault.notReached, "the service is ending")
        }
        let host = Host(name: url.host, port: url.port)
        let limit = Duration.milliseconds(self.configuration.addressMilliseconds)
        if let known = self.entries[host], known.checkedAt.duration(to: .now) < limit { return known }
        let address = try await self.address(of: url)
        // Somebody else may have looked meanwhile.
        if let known = self.entries[host] {
            if known.address == address {
                known.checkedAt = .now
                return known
            }
            self.retire(known)
        }
        self.makeRoom()
        let entry = Entry(self.client(host: url.host, address: address), address: address, at: .now)
        self.entries[host] = entry
        return entry
    }

    private func address(of url: PlatformURL) async throws(PlatformFault) -> String {
        let found: [InternetAddress]
        do {
            found = try await NIOThreadPool.singleton.runIfActive {
                HostLookup.addresses(of: url.host, port: url.port)
            }
        } catch {
            throw PlatformFault(.retry, code: PlatformFault.notReached, "the name \(url.host) could not be looked up")
        }
        guard let address = found.preferred else {
            throw PlatformFault(.retry, code: PlatformFault.notReached, "the name \(url.host) cannot be resolved")
        }
        guard self.configuration.allowsPrivate || found.allSatisfy(\.isPublic) else {
            throw PlatformFault(
                .refused, code: "address-private",
                "\(url.host) is no host of the open internet; others are called only with "
                    + PlatformClientConfiguration.allowsPrivateSetting.declaration.flag)
        }
        return address.text
    }

    private func client(host: String, address: String) -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: .makeClientConfiguration(), redirectConfiguration: .disallow,
            timeout: .init(connect: .milliseconds(self.configuration.connectMilliseconds)),
            // A few compressed bytes can stand for very many.
            decompression: .disabled)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = self.configuration.connectionsOfHost
        // Who is not reached is told so at once: those who call know when to try again.
        configuration.connectionPool.retryConnectionEstablishment = false
        if host != address { configuration.dnsOverride = [host: address] }
        return HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
    }

    /// Forgets the host that was called longest ago, where there are as many as are kept.
    private func makeRoom() {
        guard self.entries.count >= self.configuration.hosts,
            let oldest = self.entries.min(by: { $0.value.usedAt < $1.value.usedAt })
        else { return }
        self.entries[oldest.key] = nil
        self.retire(oldest.value)
    }

    private func retire(_ entry: Entry) {
        entry.isRetired = true
        self.endIfUnused(entry)
    }

    private func release(_ entry: Entry) {
        entry.uses -= 1
        self.endIfUnused(entry)
    }

    private func endIfUnused(_ entry: Entry) {
        guard entry.isRetired, entry.uses == 0 else { return }
        // Nothing runs on it any more, so that nothing can fail for it.
        entry.client.shutdown { _ in }
    }
}
