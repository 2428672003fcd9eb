// swift-tools-version: 6.2
import PackageDescription

/// The settings of every target.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

// Benchmarks that are written in Swift, as they measure a Swift library and not a server. A package of its own, so that
// the product does not build them.
let package = Package(
    name: "benchmarks",
    dependencies: [
        // Named, since the folder of a clone may have any name.
        .package(name: "driveline", path: "../.."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        // Only to be compared with.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    ],
    targets: [
        .executableTarget(
            name: "postgres-bench",
            dependencies: [
                .product(name: "Postgres", package: "driveline"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/PostgresBench",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "event-bench",
            dependencies: [
                .product(name: "EventStreams", package: "driveline"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Sources/EventBench",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "transcoding-bench",
            dependencies: [
                .product(name: "Transcoding", package: "driveline"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/TranscodingBench",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "http-bench",
            dependencies: [
                .product(name: "HTTPServer", package: "driveline"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Sources/HTTPBench",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "hummingbird-bench",
            dependencies: [
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Sources/HummingbirdBench",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "redis-bench",
            dependencies: [
                .product(name: "Redis", package: "driveline"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Sources/RedisBench",
            swiftSettings: settings
        ),
    ]
)
