internal import GatewayDomain
internal import HTTPServer
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import RPC
internal import Transcoding

extension GatewayRequest {
    /// What the request is counted under: never the path itself, of which there are without end.
    private var routeName: String { self.endpoint?.name ?? self.page?.name ?? GatewayMetrics.noRoute }

    /// Counts a request that has ended, and logs it in one line.
    func account(_ status: Int, bytes: Int, problemType: String?) {
        let duration = NIODeadline.now() - self.began
        self.gateway.metrics.answered(self.routeName, status: status, nanoseconds: duration.nanoseconds)
        guard self.gateway.configuration.logsRequests else { return }
        var metadata = self.logMetadata(status: status)
        metadata["duration_us"] = "\(duration.nanoseconds / 1_000)"
        metadata["bytes"] = "\(bytes)"
        if let problemType { metadata["problem"] = .string(problemType) }
        self.gateway.logger.info("request", metadata: metadata)
    }

    /// What a log line says of a request: no header's value but its id, no query, no body, no key.
    func logMetadata(status: Int) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "method": .string(self.request.method.rawValue), "route": .string(self.routeName), "status": "\(status)",
            "request": .string(self.requestID), "trace.id": .string(self.trace.traceID),
            "peer": .string(self.request.peer),
        ]
        if let caller = self.caller {
            metadata["organization.id"] = .string(caller.brand)
            metadata["principal"] = .string(caller.principal)
        }
        return metadata
    }
}
