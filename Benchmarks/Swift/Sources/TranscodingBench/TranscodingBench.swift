import ArgumentParser
import Glibc
import ProtobufC
import SampleMessages
import Transcoding

/// Which way is measured.
enum Direction: String, CaseIterable, ExpressibleByArgument {
    case read
    case write
}

@main struct TranscodingBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transcoding-bench",
        abstract: "Turns the JSON of a product into wire bytes, or back, and prints what came of it as JSON.")

    @Argument(help: "read: JSON to wire bytes; write: wire bytes to JSON.") var direction: Direction
    @Option(help: "How long to measure.") var seconds = 1.0
    @Option(help: "Instead of measuring: so many messages, for a count of instructions.") var count: Int?

    func run() throws {
        let schema = try Schema([SampleDescriptors.fileDescriptorSet])
        guard let type = schema.message("driveline.sample.v1.Product") else {
            throw ValidationError("the sample has no product")
        }
        let transcoder = Transcoder(schema)
        let json = Array(Self.product.utf8)
        let wire = try transcoder.wire(json: json, of: type)
        let text = try transcoder.json(wire: wire, of: type)
        let output = OutputBytes()
        let once: () throws -> Void =
            switch self.direction {
            case .read:
                {
                    output.removeAll()
                    try transcoder.appendWire(json: text.span.bytes, of: type, to: output)
                }
            case .write:
                {
                    output.removeAll()
                    try transcoder.appendJSON(wire: wire.span.bytes, of: type, to: output)
                }
            }
        if let count {
            for _ in 0..<count { try once() }
            return
        }
        let clock = ContinuousClock()
        let start = clock.now
        let processorStart = Glibc.clock()
        let end = start + .seconds(self.seconds)
        var rounds = 0
        while clock.now < end {
            for _ in 0..<100 { try once() }
            rounds += 100
        }
        let elapsed = (clock.now - start) / .seconds(1)
        // Other processes may take most of a shared core; what it costs is told by the processor time.
        let processor = Double(Glibc.clock() - processorStart) / 1e6
        print(
            "{\"json_bytes\": \(text.count), \"wire_bytes\": \(wire.count), \"messages\": \(rounds), "
                + "\"seconds\": \(elapsed), \"processor_seconds\": \(processor)}")
    }

    /// A product of about 4 KB: what a catalog knows of a set of brake pads.
    static let product: String = {
        let attributes = (1...12).map { "\"attribute \($0)\":\"a value of a few words, number \($0)\"" }
        let fitments = (0..<20).map { index in
            "{\"year\":\(2000 + index),\"make\":\"Volkswagen\",\"model\":\"Golf \(index % 8)\",\"position\":\"front\","
                + "\"quantity\":\(index % 4 + 1),\"vehicleId\":\(1_234_567 + index * 7919)}"
        }
        let description =
            "Ceramic brake pads with shims and hardware, \\\"quiet\\\" under load.\\nFits with Überwurf nuts M14 × 1,5. "
            + String(repeating: "Tested on the road for 50,000 km. ", count: 12)
        return "{\"productId\":\"0198c0de-0000-7000-8000-000000000001\",\"sku\":\"BP-1234-F\","
            + "\"title\":\"Brake pad set, front axle\",\"description\":\"\(description)\",\"price\":45.99,\"currency\":\"EUR\","
            + "\"attributes\":{\(attributes.joined(separator: ","))},\"fitments\":[\(fitments.joined(separator: ","))],"
            + "\"imageUrls\":[\"https://images.example.com/bp-1234-f/1.jpg\",\"https://images.example.com/bp-1234-f/2.jpg\"],"
            + "\"dimensions\":{\"length\":131,\"width\":58,\"unitChoice\":\"millimetre\"},"
            + "\"createdAt\":\"2026-01-31T12:00:00.123Z\",\"changedAt\":\"2026-02-01T08:30:00Z\",\"mode\":\"on\","
            + "\"version\":42,\"active\":true}"
    }()
}
