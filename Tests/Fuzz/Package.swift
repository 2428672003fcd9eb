// swift-tools-version: 6.2
import PackageDescription

/// The settings of the fuzzers.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
    .treatAllWarnings(as: .error),
]

/// An executable that libFuzzer runs. The library brings `main`.
func fuzzer(_ name: String, dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .executableTarget(
        name: name,
        dependencies: ["FuzzInput"] + dependencies,
        exclude: exclude,
        swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])]
    )
}

// The project's sources are reached by symbolic links: a package of its own, whose every module is built with the
// sanitizers' instrumentation, and that needs as few of the project's dependencies as it can. scripts/fuzz builds and runs
// it.
let package = Package(
    name: "fuzz",
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    ],
    targets: [
        .systemLibrary(name: "CProtobufC"),
        .target(name: "ProtobufC", dependencies: ["CProtobufC"], swiftSettings: settings),
        .target(name: "CWellKnownMessages", dependencies: ["CProtobufC"]),
        .target(
            name: "WellKnownMessages", dependencies: ["CProtobufC", "CWellKnownMessages", "ProtobufC"],
            swiftSettings: settings),
        .target(name: "CRPCMessages", dependencies: ["CProtobufC", "CWellKnownMessages"]),
        .target(
            name: "RPCMessages",
            dependencies: ["CProtobufC", "CRPCMessages", "CWellKnownMessages", "ProtobufC", "WellKnownMessages"],
            swiftSettings: settings
        ),
        .target(name: "CRawMessages", dependencies: ["CProtobufC"]),
        .target(
            name: "RawMessages", dependencies: ["CProtobufC", "CRawMessages", "ProtobufC"], swiftSettings: settings),
        .target(name: "CSampleMessages", dependencies: ["CProtobufC", "CRawMessages", "CWellKnownMessages"]),
        .target(
            name: "SampleMessages",
            dependencies: [
                "CProtobufC", "CRawMessages", "CSampleMessages", "CWellKnownMessages", "ProtobufC", "RawMessages",
                "WellKnownMessages",
            ],
            swiftSettings: settings
        ),
        .target(name: "Transcoding", dependencies: ["ProtobufC"], swiftSettings: settings),
        .target(name: "Wire", swiftSettings: settings),
        .target(name: "FuzzInput", dependencies: ["Wire"], swiftSettings: settings),
        fuzzer("FrameFuzzer", dependencies: ["Wire"]),
        fuzzer("ServerStateFuzzer", dependencies: ["Wire"]),
        fuzzer("ClientStateFuzzer", dependencies: ["Wire"]),
        fuzzer("TranscodingFuzzer", dependencies: ["ProtobufC", "SampleMessages", "Transcoding"]),
        .systemLibrary(name: "CZlib"),
        .target(
            name: "GatewayDomain", dependencies: ["RPCMessages", "WellKnownMessages", "Wire"], swiftSettings: settings),
        // The server's sources stand in the fuzzer's own module, whose connections take bytes without a socket; what needs
        // one is left out, and TLS with it.
        fuzzer(
            "HTTPFuzzer",
            dependencies: [
                "CZlib", "GatewayDomain", .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            exclude: ["HTTPServer/Server/HTTPServer.swift", "HTTPServer/Server/CertificateStore.swift"]),
        fuzzer("MessageFuzzer", dependencies: ["ProtobufC", "RPCMessages", "WellKnownMessages"]),
    ]
)
