// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "protoc-gen-driveline",
    products: [
        .executable(name: "protoc-gen-driveline", targets: ["protoc-gen-driveline"]),
        .executable(name: "rewrite-descriptors", targets: ["rewrite-descriptors"]),
    ],
    dependencies: [
        // No traits: the default ones build a protoc of their own, in C++; the system has one.
        .package(url: "https://github.com/apple/swift-protobuf.git", exact: "1.39.0", traits: [])
    ],
    targets: [
        // The sources of the product's own matcher, by a link: the generator must accept exactly the patterns that it does.
        .target(name: "TextPatterns", swiftSettings: settings),
        // The REST API for its users: the OpenAPI document and the reference page. It knows nothing of proto files.
        .target(name: "APIReference", swiftSettings: settings),
        .target(
            name: "DrivelineGenerator",
            dependencies: [
                "APIReference", "TextPatterns",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "SwiftProtobufPluginLibrary", package: "swift-protobuf"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "protoc-gen-driveline",
            dependencies: [
                "DrivelineGenerator",
                .product(name: "SwiftProtobufPluginLibrary", package: "swift-protobuf"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "rewrite-descriptors",
            dependencies: [
                "DrivelineGenerator",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "DrivelineGeneratorTests",
            dependencies: [
                "APIReference", "DrivelineGenerator",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "SwiftProtobufPluginLibrary", package: "swift-protobuf"),
            ],
            exclude: ["Golden"],
            swiftSettings: settings
        ),
    ]
)
