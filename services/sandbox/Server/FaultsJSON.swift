internal import Foundation
internal import SandboxJSON
internal import SandboxShop

/// Faults as the control interface writes them: what is left out works.
enum FaultsJSON {
    /// No answer may come later than the server itself would give up.
    private static let maximumDelayMilliseconds = 55_000

    private static let names: Set<String> = [
        "seed", "throttled", "error500Rate", "error500UsesUpKeys", "answerDelayMilliseconds", "delaysBeforeActing",
        "answerDelayRate", "answerLostRate", "refusedRowInterval", "notificationDelayMilliseconds",
        "notificationDuplicateRate", "notificationDropRate", "notificationReorderMilliseconds", "tokenRevoked",
        "limitsEnabled", "limitPoints", "limitPointsPerSecond", "processingMilliseconds", "accessTokenSeconds",
        "feedEnd",
        "missingReportInterval", "reportCompression",
    ]

    static func faults(_ body: JSONValue) throws(ControlRefusal) -> Faults {
        let input = try InputObject(body, "the faults", known: self.names)
        var faults = Faults()
        faults.seed = UInt64(try input.number("seed", in: 0...Int.max) ?? 1)
        faults.throttled = try input.bool("throttled") ?? false
        faults.error500Rate = try input.rate("error500Rate") ?? 0
        faults.error500UsesUpKeys = try input.bool("error500UsesUpKeys") ?? false
        faults.answerDelayMilliseconds =
            try input.number("answerDelayMilliseconds", in: 0...self.maximumDelayMilliseconds) ?? 0
        faults.delaysBeforeActing = try input.bool("delaysBeforeActing") ?? false
        faults.answerDelayRate = try input.rate("answerDelayRate") ?? 1
        faults.answerLostRate = try input.rate("answerLostRate") ?? 0
        faults.refusedRowInterval = try input.number("refusedRowInterval", in: 0...1_000_000) ?? 0
        try self.readNotifications(input, &faults)
        faults.tokenRevoked = try input.bool("tokenRevoked") ?? false
        faults.limitsEnabled = try input.bool("limitsEnabled") ?? false
        faults.limitPoints = try input.number("limitPoints", in: 1...1_000_000) ?? 2_000
        faults.limitPointsPerSecond = try input.number("limitPointsPerSecond", in: 1...1_000_000) ?? 100
        try self.readFeeds(input, &faults)
        return faults
    }

    private static func readFeeds(_ input: InputObject, _ faults: inout Faults) throws(ControlRefusal) {
        faults.processingMilliseconds = try input.number("processingMilliseconds", in: 0...86_400_000)
        faults.accessTokenSeconds = try input.number("accessTokenSeconds", in: 1...86_400)
        faults.feedEnd = try self.word(
            "feedEnd", in: input, ["FATAL", "CANCELLED", "STUCK_IN_QUEUE", "STUCK_IN_PROGRESS"])
        faults.missingReportInterval = try input.number("missingReportInterval", in: 1...1_000_000)
        faults.reportCompression = try self.word("reportCompression", in: input, ["GZIP", "UNANNOUNCED"])
    }

    private static func word(
        _ name: String, in input: InputObject, _ words: [String]
    ) throws(ControlRefusal) -> String? {
        guard let word = try input.text(name) else { return nil }
        guard words.contains(word) else {
            throw .invalid("the faults' \(name) must be \(words.joined(separator: " or "))")
        }
        return word
    }

    private static func readNotifications(_ input: InputObject, _ faults: inout Faults) throws(ControlRefusal) {
        faults.notificationDelayMilliseconds =
            try input.number("notificationDelayMilliseconds", in: 0...86_400_000) ?? 0
        faults.notificationDuplicateRate = try input.rate("notificationDuplicateRate") ?? 0
        faults.notificationDropRate = try input.rate("notificationDropRate") ?? 0
        faults.notificationReorderMilliseconds =
            try input.number("notificationReorderMilliseconds", in: 0...86_400_000) ?? 0
    }

    static func json(_ faults: Faults) -> JSONValue {
        let data = (try? JSONEncoder().encode(faults)) ?? Data()
        return (try? JSONValue(json: data)) ?? .null
    }
}
