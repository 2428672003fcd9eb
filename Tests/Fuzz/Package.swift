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
func fuzzer(_ name: String, dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name,
        dependencies: ["FuzzInput"] + dependencies,
        swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])]
    )
}

// The project's sources are reached by symbolic links: a package of its own, whose every module is built with the
// sanitizers' instrumentation, and that needs none of the project's dependencies. scripts/fuzz builds and runs it.
let package = Package(
    name: "fuzz",
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
        .target(name: "CSampleMessages", dependencies: ["CProtobufC", "CWellKnownMessages"]),
        .target(
            name: "SampleMessages",
            dependencies: ["CProtobufC", "CSampleMessages", "CWellKnownMessages", "ProtobufC", "WellKnownMessages"],
            swiftSettings: settings
        ),
        .target(name: "Transcoding", dependencies: ["ProtobufC"], swiftSettings: settings),
        .target(name: "Wire", swiftSettings: settings),
        .target(name: "FuzzInput", dependencies: ["Wire"], swiftSettings: settings),
        fuzzer("FrameFuzzer", dependencies: ["Wire"]),
        fuzzer("ServerStateFuzzer", dependencies: ["Wire"]),
        fuzzer("ClientStateFuzzer", dependencies: ["Wire"]),
        fuzzer("TranscodingFuzzer", dependencies: ["ProtobufC", "SampleMessages", "Transcoding"]),
        fuzzer("MessageFuzzer", dependencies: ["ProtobufC", "RPCMessages", "WellKnownMessages"]),
    ]
)
