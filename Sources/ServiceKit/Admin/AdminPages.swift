internal import Observability

/// What the admin server answers. No page holds anything secret, nor the text of an error.
struct AdminPages: Sendable {
    struct Answer {
        var status = 200
        var contentType = "text/plain; charset=utf-8"
        var body: String
    }

    let origin: LogOrigin
    let health: ServiceHealth
    let watchdog: LoopWatchdog
    let metrics: MetricRegistry
    let logOutput: LogOutput

    /// The answer to a request.
    func answer(_ method: String, _ target: String) async -> Answer {
        let path = target.prefix { $0 != "?" }
        guard let page = self.page(String(path)) else { return Answer(status: 404, body: "not found\n") }
        guard method == "GET" || method == "HEAD" else { return Answer(status: 405, body: "only GET and HEAD\n") }
        return await page()
    }

    private func page(_ path: String) -> (() async -> Answer)? {
        switch path {
        case "/livez": { self.verdict(self.watchdog.isLive) }
        case "/startupz": { self.verdict(self.health.phase != .starting) }
        case "/readyz": { await self.readiness() }
        case "/metrics": { self.exposition() }
        case "/version": { Answer(body: "\(self.origin.name) \(self.origin.version)\n") }
        default: nil
        }
    }

    private func verdict(_ isWell: Bool) -> Answer {
        Answer(status: isWell ? 200 : 503, body: isWell ? "ok\n" : "not ok\n")
    }

    private func readiness() async -> Answer {
        let readiness = await self.health.readiness()
        var answer = self.verdict(readiness.isReady)
        if readiness.phase != .serving { answer.body += "\(readiness.phase)\n" }
        for check in readiness.checks { answer.body += "\(check.name): \(check.isPassed ? "ok" : "failing")\n" }
        return answer
    }

    private func exposition() -> Answer {
        let dropped = """
            # HELP log_dropped_lines_total Log lines that nobody took in time.
            # TYPE log_dropped_lines_total counter
            log_dropped_lines_total \(self.logOutput.droppedLines)

            """
        return Answer(
            contentType: MetricRegistry.contentType,
            body: self.metrics.exposition() + ProcessMetrics.exposition() + dropped)
    }
}
