// swift-tools-version: 6.2
import PackageDescription

/// The settings of every Swift target.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableExperimentalFeature("Lifetimes"),
    .treatAllWarnings(as: .error),
]

/// The settings of the targets that every call goes through.
///
/// Their release builds leave out the checks at run time that two accesses to one variable do not overlap, which cost
/// a tenth to a sixth of a call. Debug builds, and so all tests, keep them.
let hotSettings =
    settings + [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]

/// The messages of one proto package: protobuf-c's structures, and Swift values over them.
func messages(_ name: String, dependencies: [String] = [], folder: String = "Sources/Messages") -> [Target] {
    [
        .target(
            name: "C\(name)Messages",
            dependencies: ["CProtobufC"] + dependencies.map { .target(name: "C\($0)Messages") },
            path: "\(folder)/C\(name)Messages",
            // protobuf-c's generated asserts would stay in release builds otherwise.
            cSettings: [.define("NDEBUG", .when(configuration: .release))]
        ),
        .target(
            name: "\(name)Messages",
            dependencies: ["CProtobufC", "ProtobufC", .target(name: "C\(name)Messages")]
                + dependencies.map { .target(name: "\($0)Messages") },
            path: "\(folder)/\(name)Messages",
            swiftSettings: settings
        ),
    ]
}

/// The service protocols, clients and method tables of one proto package.
func api(_ name: String, folder: String = "Sources/API") -> [Target] {
    [
        .target(
            name: "\(name)API",
            dependencies: [
                "ProtobufC", "RPC", .target(name: "C\(name)Messages"), .target(name: "\(name)Messages"),
            ],
            path: "\(folder)/\(name)API",
            swiftSettings: settings
        )
    ]
}

/// One service: its pure rules, its implementation over the database, and its executable.
func service(
    _ name: String, messages imported: [String] = [], domain: [Target.Dependency] = [],
    service: [Target.Dependency] = [], main: [Target.Dependency] = [], swiftSettings: [SwiftSetting] = settings
) -> [Target] {
    let folder = "services/\(name.lowercased())"
    return messages(name, dependencies: imported) + api(name) + [
        .target(
            name: "\(name)Domain", dependencies: [.target(name: "\(name)Messages")] + domain,
            path: "\(folder)/Domain", swiftSettings: swiftSettings),
        .target(
            name: "\(name)Service",
            dependencies: [
                "Buckets", "Events", "Migrations", "Partitioning", "Postgres", "ProtobufC", "RPC", "RPCMessages",
                "ServiceKit",
                .target(name: "C\(name)Messages"), .target(name: "\(name)API"), .target(name: "\(name)Domain"),
                .target(name: "\(name)Messages"), .product(name: "Logging", package: "swift-log"),
            ] + service,
            path: "\(folder)/Service", resources: [.embedInCode("Migrations")], swiftSettings: swiftSettings),
        .executableTarget(
            name: name.lowercased(), dependencies: ["ServiceKit", .target(name: "\(name)Service")] + main,
            path: "\(folder)/Main", swiftSettings: settings),
    ]
}

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]

var targets: [Target] = [
    .systemLibrary(name: "CProtobufC", path: "Sources/CProtobufC"),
    .target(name: "ProtobufC", dependencies: ["CProtobufC"], swiftSettings: hotSettings),
    .target(name: "Wire", swiftSettings: hotSettings),
    .target(
        name: "RPC",
        dependencies: nio + [
            "ProtobufC", "RPCMessages", "WellKnownMessages", "Wire",
            .product(name: "DequeModule", package: "swift-collections"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ],
        swiftSettings: hotSettings
    ),
]
// JSON, paths and queries to wire bytes and back.
targets += [
    .target(name: "Transcoding", dependencies: ["ProtobufC"], swiftSettings: hotSettings),
    .testTarget(
        name: "TranscodingTests",
        dependencies: [
            "IdentityMessages", "InventoryMessages", "ProtobufC", "RPC", "SampleAPI", "SampleMessages", "TestSupport",
            "Transcoding", "WellKnownMessages",
        ],
        swiftSettings: settings),
]
targets += [
    .target(
        name: "RPCServices",
        dependencies: [
            "HealthAPI", "HealthMessages", "ProtobufC", "RPC", "RPCMessages", "ReflectionAPI", "ReflectionMessages",
            "Wire",
        ],
        swiftSettings: settings
    ),
    .executableTarget(
        name: "echo-server",
        dependencies: [
            "EchoAPI", "EchoMessages", "ProtobufC", "RPC", "RPCServices", "Wire",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        ],
        path: "Examples/EchoServer",
        swiftSettings: settings
    ),
]
targets +=
    messages("Greeting") + api("Greeting") + [
        .executableTarget(
            name: "greeting",
            dependencies: ["GreetingAPI", "GreetingMessages", "RPC", .product(name: "NIOCore", package: "swift-nio")],
            path: "Examples/Greeting",
            swiftSettings: settings
        )
    ]
targets += messages("WellKnown")
targets += messages("RPC", dependencies: ["WellKnown"])
targets += messages("Echo") + api("Echo")
targets += messages("Health") + api("Health")
targets += messages("Reflection") + api("Reflection")
// What raw bindings say beside bytes, and the jobs that services have in common.
targets += messages("Raw")
targets += messages("Jobs", dependencies: ["Raw", "WellKnown"]) + api("Jobs")
// For tests only: every kind of field once, and every kind of binding.
targets += messages("Sample", dependencies: ["Raw", "WellKnown"], folder: "Tests") + api("Sample", folder: "Tests")
targets += [
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
    .testTarget(
        name: "ProtobufCTests",
        dependencies: ["CProtobufC", "ProtobufC", "TestSupport"],
        swiftSettings: settings
    ),
    .testTarget(
        name: "MessagesTests",
        dependencies: [
            "CSampleMessages", "ProtobufC", "RPCMessages", "SampleMessages", "TestSupport", "WellKnownMessages",
        ],
        swiftSettings: settings
    ),
]

targets += [.testTarget(name: "DocumentationTests", swiftSettings: settings)]
targets += [.testTarget(name: "WireTests", dependencies: ["Wire"], swiftSettings: settings)]

targets += [
    .testTarget(
        name: "DemoTests", dependencies: ["Demo", "OrderMessages", "Vehicles", "WellKnownMessages"],
        swiftSettings: settings),
    .target(
        name: "Demo",
        dependencies: [
            "CatalogAPI", "CatalogMessages", "ChannelAPI", "ChannelMessages", "InventoryAPI", "InventoryMessages",
            "OrderAPI", "OrderMessages",
            "PricingAPI", "PricingMessages", "RPC", "RPCMessages", "WellKnownMessages", "Wire",
        ],
        swiftSettings: settings),
    .executableTarget(
        name: "driveline",
        dependencies: nio + [
            "CProtobufC", "CReflectionMessages", "ChannelAPI", "ChannelMessages", "Demo", "HealthAPI", "HealthMessages",
            "IdentityAPI", "IdentityMessages", "InventoryAPI", "InventoryDomain", "InventoryMessages",
            "InventoryService", "LoadTesting", "LocalSystem",
            "Postgres", "ProtobufC", "RPC", "RPCMessages", "ReflectionAPI", "ReflectionMessages", "Transcoding",
            "WellKnownMessages", "Wire",
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "Logging", package: "swift-log"), .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
        ],
        swiftSettings: settings
    ),
    .target(
        name: "RPCTestSupport",
        dependencies: nio + [
            "EchoMessages", "ProtobufC", "RPC", "RPCMessages", "Wire",
            .product(name: "Logging", package: "swift-log"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ],
        path: "Tests/RPCTestSupport",
        swiftSettings: settings
    ),
    .testTarget(
        name: "RPCTests",
        dependencies: nio + [
            "EchoMessages", "HealthAPI", "HealthMessages", "ProtobufC", "RPC", "RPCMessages", "RPCServices",
            "RPCTestSupport", "ReflectionAPI", "ReflectionMessages", "WellKnownMessages", "Wire",
            .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
        ],
        swiftSettings: settings
    ),
    .testTarget(
        name: "DrivelineCommandTests",
        dependencies: [
            "EchoMessages", "HealthMessages", "InventoryMessages", "ProtobufC", "RPC", "RPCMessages", "RPCServices",
            "RPCTestSupport", "WellKnownMessages", "Wire", "driveline",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        swiftSettings: settings
    ),
]

// What every service stands on: the database, and what is kept in it for all of them.
targets += [
    .systemLibrary(name: "CPostgres", path: "Sources/CPostgres", pkgConfig: "libpq"),
    .target(
        name: "Postgres",
        dependencies: [
            "CPostgres",
            .product(name: "DequeModule", package: "swift-collections"),
            .product(name: "HeapModule", package: "swift-collections"),
        ],
        swiftSettings: hotSettings
    ),
    .target(name: "Buckets", swiftSettings: settings),
    .target(name: "Refusals", swiftSettings: settings),
    .target(name: "Money", swiftSettings: hotSettings),
    .testTarget(name: "MoneyTests", dependencies: ["Money", "TestSupport"], swiftSettings: settings),
    .target(name: "Partitioning", swiftSettings: settings),
    .target(name: "Waking", swiftSettings: settings),
    .target(
        name: "Events",
        dependencies: [
            "Buckets", "Leasing", "Partitioning", "Postgres", "Waking",
            .product(name: "DequeModule", package: "swift-collections"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ],
        swiftSettings: settings
    ),
    .target(name: "Leasing", dependencies: ["Postgres"], swiftSettings: settings),
    .target(name: "Idempotency", dependencies: ["Buckets", "Partitioning", "Postgres"], swiftSettings: settings),
    .target(
        name: "Jobs",
        dependencies: [
            "Buckets", "Idempotency", "Partitioning", "Postgres", "Waking",
            .product(name: "Logging", package: "swift-log"),
        ],
        swiftSettings: settings
    ),
    .target(
        name: "ServedJobs",
        dependencies: [
            "FileFormats", "Gzip", "Idempotency", "Jobs", "JobsAPI", "JobsMessages", "Postgres", "RPC", "RPCMessages",
            "RawMessages", "Waking", "WellKnownMessages", "Wire", .product(name: "Crypto", package: "swift-crypto"),
            .product(name: "Logging", package: "swift-log"),
        ],
        swiftSettings: settings
    ),
    .target(name: "Migrations", dependencies: ["Postgres"], swiftSettings: settings),
    .testTarget(
        name: "PostgresTests", dependencies: ["DrivelineTesting", "LocalServers", "Postgres"], swiftSettings: settings),
    .testTarget(
        name: "StoreTests",
        dependencies: [
            "Buckets", "DrivelineTesting", "Events", "Idempotency", "Jobs", "Leasing", "Migrations", "Partitioning",
            "Postgres", "TestSupport", "Waking", .product(name: "Logging", package: "swift-log"),
        ],
        swiftSettings: settings
    ),
]

// The cache's client.
targets += [
    .systemLibrary(name: "CHiredis", path: "Sources/CHiredis", pkgConfig: "hiredis"),
    .target(
        name: "Redis",
        dependencies: nio + [
            "CHiredis",
            .product(name: "DequeModule", package: "swift-collections"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
        ],
        swiftSettings: hotSettings
    ),
    .testTarget(
        name: "RedisTests",
        dependencies: nio + [
            "DrivelineTesting", "LocalServers", "Redis", .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
        ],
        swiftSettings: settings),
]

// The HTTP server of the gateway.
targets += [
    .systemLibrary(name: "CZlib", path: "Sources/CZlib"),
    .target(
        name: "HTTPServer",
        dependencies: nio + [
            "CZlib",
            .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ],
        swiftSettings: hotSettings
    ),
    .executableTarget(
        name: "http-server-sample",
        dependencies: [
            "HTTPServer", .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
        ],
        path: "Tests/HTTPServerSample",
        swiftSettings: settings
    ),
    .target(
        name: "HTTPTestSupport",
        dependencies: nio + ["DrivelineTesting", .product(name: "NIOSSL", package: "swift-nio-ssl")],
        path: "Tests/HTTPTestSupport",
        swiftSettings: settings
    ),
    .testTarget(
        name: "HTTPServerTests",
        dependencies: nio + [
            "CZlib", "DrivelineTesting", "HTTPServer", "HTTPTestSupport", "LocalServers", "TestSupport",
            "http-server-sample",
            .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOEmbedded", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
        ],
        swiftSettings: settings
    ),
]

// Servers as child processes, the whole system on one machine, and the harness that tests stand on.
targets += [
    .systemLibrary(name: "CSpawn", path: "Sources/CSpawn"),
    .target(
        name: "LocalServers",
        dependencies: ["CSpawn", .product(name: "Logging", package: "swift-log")],
        swiftSettings: settings
    ),
    .target(
        name: "LocalSystem",
        dependencies: nio + [
            "LocalServers", "Postgres",
            .product(name: "Logging", package: "swift-log"),
            .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        ],
        swiftSettings: settings
    ),
    .target(
        name: "DrivelineTesting",
        dependencies: nio + [
            "LocalServers", "Migrations", "Postgres", "RPC", "Wire",
            .product(name: "Logging", package: "swift-log"),
        ],
        swiftSettings: settings
    ),
    .executableTarget(
        name: "local-servers-sample", dependencies: ["LocalServers"], path: "Tests/LocalServersSample",
        swiftSettings: settings),
    .testTarget(
        name: "LocalServersTests",
        dependencies: ["DrivelineTesting", "LocalServers", "Postgres", "local-servers-sample"],
        swiftSettings: settings),
    .testTarget(
        name: "DrivelineTestingTests",
        dependencies: nio + [
            "DrivelineTesting", "EchoMessages", "LocalServers", "Postgres", "RPC", "RPCTestSupport", "Wire",
        ],
        swiftSettings: settings),
    .executableTarget(
        name: "local-system-sample",
        dependencies: nio + [
            "LocalSystem", "Postgres", .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        path: "Tests/LocalSystemSample",
        swiftSettings: settings
    ),
    .testTarget(
        name: "LocalSystemTests",
        dependencies: [
            "DrivelineTesting", "LocalServers", "LocalSystem", "Postgres", "driveline", "local-system-sample",
        ],
        swiftSettings: settings
    ),
]

// Who may call: the service that owns brands and keys, and what asks it for others.
targets +=
    service(
        "Identity", messages: ["WellKnown"],
        domain: ["APIKeys", .product(name: "Crypto", package: "swift-crypto")],
        service: [
            "Idempotency", "Scopes", "WellKnownMessages", "Wire",
            .product(name: "Crypto", package: "swift-crypto"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ]) + [
        .target(name: "Scopes", path: "Sources/API/Scopes", swiftSettings: settings),
        .target(name: "APIKeys", swiftSettings: settings),
        .target(
            name: "Authentication",
            dependencies: [
                "IdentityAPI", "IdentityMessages", "APIKeys", "RPC", "RPCMessages", "WellKnownMessages", "Wire",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "IdentityTests",
            dependencies: [
                "Authentication", "Buckets", "DrivelineTesting", "EchoMessages", "Events", "Idempotency", "IdentityAPI",
                "IdentityDomain",
                "IdentityMessages", "IdentityService", "APIKeys", "Migrations", "Partitioning", "Postgres",
                "LocalServers", "ProtobufC", "RPC", "RPCMessages", "RPCTestSupport", "Scopes", "ServiceKit",
                "TestSupport", "WellKnownMessages", "Wire", "identity", "driveline",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
    ]

// Where brands reach the system: REST outside, RPC inside.
targets += [
    .target(
        name: "CGatewayDocuments", path: "services/gateway/Documents",
        exclude: ["openapi.json", "reference.css", "reference.html", "reference.js"]),
    .target(
        name: "GatewayDomain", dependencies: ["RPCMessages", "WellKnownMessages", "Wire"],
        path: "services/gateway/Domain", swiftSettings: hotSettings),
    .target(
        name: "GatewayService",
        dependencies: nio + [
            "Authentication", "CGatewayDocuments", "GatewayDomain", "HTTPServer", "Observability", "ProtobufC", "RPC",
            "RPCMessages", "RawMessages", "Redis", "ServiceKit", "Transcoding", "Wire",
            .product(name: "Logging", package: "swift-log"), .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ],
        path: "services/gateway/Service", swiftSettings: hotSettings),
    .executableTarget(
        name: "gateway",
        dependencies: [
            "Authentication", "CatalogAPI", "CatalogMessages", "ChannelAPI", "ChannelMessages", "GatewayService",
            "IdentityAPI", "IdentityMessages", "InventoryAPI", "InventoryMessages", "JobsAPI", "JobsMessages",
            "OrderAPI", "OrderMessages", "PricingAPI", "PricingMessages", "ServiceKit",
        ],
        path: "services/gateway/Main", swiftSettings: settings),
    .testTarget(
        name: "GatewayServiceTests",
        dependencies: nio + [
            "APIKeys", "Authentication", "CatalogAPI", "CatalogDomain", "CatalogMessages", "CatalogService",
            "ChannelAPI", "ChannelAdapter", "ChannelMessages", "ChannelService", "DrivelineTesting", "EbayAdapter",
            "GatewayDomain", "GatewayService",
            "HTTPServer", "HTTPTestSupport", "IdentityAPI", "IdentityMessages", "IdentityService", "InventoryAPI",
            "InventoryMessages", "InventoryService", "Events",
            "Jobs", "JobsAPI", "JobsMessages", "Leasing", "LocalServers", "Migrations", "Observability", "OrderAPI",
            "OrderMessages",
            "OrderService", "Postgres", "PricingAPI", "PricingMessages", "PricingService", "ProtobufC", "RPC",
            "RPCMessages", "RPCTestSupport", "RawMessages", "Redis", "SampleAPI", "SampleMessages", "SandboxJSON",
            "SandboxTestSupport", "ServedJobs",
            "ServiceKit", "ShopifyAdapter", "TestSupport", "Transcoding", "Vehicles", "Waking", "WellKnownMessages",
            "Wire", "gateway",
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "Crypto", package: "swift-crypto"),
            .product(name: "Logging", package: "swift-log"), .product(name: "NIOHTTP1", package: "swift-nio"),
        ],
        swiftSettings: settings),
    .testTarget(
        name: "GatewayDomainTests",
        dependencies: ["GatewayDomain", "RPCMessages", "RPCTestSupport", "TestSupport", "WellKnownMessages", "Wire"],
        swiftSettings: settings),
]

// The files by which the system is put into containers, compared with the executables.
targets += [
    .testTarget(
        name: "DeploymentTests",
        dependencies: [
            "DrivelineTesting", "LocalServers", "LocalSystem", "Postgres", "TestSupport", "driveline", "gateway",
            "identity",
            "inventory",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        swiftSettings: settings)
]

// What a service process stands on: its logs and metrics, which know no RPC, and the one call that composes it all.
targets += [
    .systemLibrary(name: "CMimalloc", path: "Sources/CMimalloc"),
    .target(
        name: "Observability",
        dependencies: [
            .product(name: "CoreMetrics", package: "swift-metrics"),
            .product(name: "Logging", package: "swift-log"),
        ],
        swiftSettings: settings
    ),
    .target(
        name: "ServiceKit",
        dependencies: nio + [
            "CMimalloc", "HealthMessages", "Migrations", "Observability", "Partitioning", "Postgres", "Redis", "RPC",
            "RPCMessages", "RPCServices",
            "Wire",
            .product(name: "Configuration", package: "swift-configuration"),
            .product(name: "CoreMetrics", package: "swift-metrics"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        ],
        swiftSettings: settings
    ),
    .executableTarget(
        name: "service-kit-sample",
        dependencies: ["Migrations", "Partitioning", "ServiceKit", .product(name: "Logging", package: "swift-log")],
        path: "Tests/ServiceKitSample",
        resources: [.embedInCode("Migrations")],
        swiftSettings: settings
    ),
    .testTarget(
        name: "ObservabilityTests",
        dependencies: [
            "Observability",
            .product(name: "CoreMetrics", package: "swift-metrics"),
            .product(name: "Logging", package: "swift-log"),
        ],
        swiftSettings: settings
    ),
    .testTarget(
        name: "ServiceKitTests",
        dependencies: nio + [
            "DrivelineTesting", "HealthAPI", "HealthMessages", "LocalServers", "Partitioning", "Postgres", "RPC",
            "RPCServices", "ServiceKit", "service-kit-sample",
            .product(name: "Configuration", package: "swift-configuration"),
            .product(name: "NIOEmbedded", package: "swift-nio"),
        ],
        swiftSettings: settings
    ),
]

// Lists that come by pages.
targets += [.target(name: "Paging", swiftSettings: settings)]

// Files that come compressed.
targets += [
    .target(name: "Gzip", dependencies: ["CZlib"], swiftSettings: settings),
    .testTarget(name: "GzipTests", dependencies: ["Gzip", "TestSupport"], swiftSettings: settings),
]

// Files of the trade, such as ACES and PIES.
targets += [
    .systemLibrary(name: "CLibXML2", path: "Sources/CLibXML2", pkgConfig: "libxml-2.0"),
    .target(name: "XML", dependencies: ["CLibXML2"], swiftSettings: hotSettings),
    .testTarget(name: "XMLTests", dependencies: ["XML"], swiftSettings: settings),
]

// Which vehicles there are, and which one a VIN is.
targets += [
    .target(name: "CVehicleTables", exclude: ["LICENCE.txt", "SOURCES.txt", "vehicles.table"]),
    .target(name: "Vehicles", dependencies: ["CVehicleTables"], swiftSettings: settings),
    .testTarget(
        name: "VehiclesTests", dependencies: ["Gzip", "TestSupport", "Vehicles"], swiftSettings: settings),
]

// The event log of a service, for the other services.
targets += messages("EventStream") + api("EventStream")
targets += [
    .target(
        name: "EventServing",
        dependencies: [
            "Buckets", "EventStreamAPI", "EventStreamMessages", "EventStreamValues", "Events", "Postgres", "RPC",
            "RPCMessages", "ServiceKit", "Wire", .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOCore", package: "swift-nio"),
        ],
        swiftSettings: hotSettings),
    .target(
        name: "EventStreams",
        dependencies: [
            "Buckets", "EventStreamAPI", "EventStreamMessages", "EventStreamValues", "Events", "Postgres", "RPC",
            "RPCMessages", "Wire",
        ],
        swiftSettings: hotSettings),
    .testTarget(
        name: "EventsTests",
        dependencies: nio + [
            "Buckets", "DrivelineTesting", "EventServing", "EventStreamAPI", "EventStreamMessages", "EventStreamValues",
            "EventStreams", "Events", "Leasing", "LocalServers", "Partitioning", "Postgres", "ProtobufC", "RPC",
            "RPCMessages", "TestSupport", "Wire", .product(name: "Logging", package: "swift-log"),
        ],
        swiftSettings: settings),
    .target(
        name: "EventStreamValues", dependencies: ["Buckets", "EventStreamMessages", "Events", "Postgres", "ProtobufC"],
        swiftSettings: hotSettings),
]

// The events of a brand, for those who watch them.
targets += [
    .target(
        name: "Watching",
        dependencies: [
            "Events", "Paging", "Postgres", "RPC", "RPCMessages", "Wire",
            .product(name: "NIOCore", package: "swift-nio"),
        ],
        swiftSettings: settings)
]

// Files of CSV and JSON, read and written in pieces.
targets += [
    .target(name: "FileFormats", dependencies: ["Gzip"], swiftSettings: hotSettings),
    .target(
        name: "InternetAddresses", dependencies: [.product(name: "NIOCore", package: "swift-nio")],
        swiftSettings: settings),
    .testTarget(name: "InternetAddressesTests", dependencies: ["InternetAddresses"], swiftSettings: settings),
    .testTarget(name: "FileFormatsTests", dependencies: ["FileFormats"], swiftSettings: settings),
]

// Stock, reservations, locations and kits: what every sale goes through.
targets +=
    service(
        "Inventory", messages: ["WellKnown"],
        service: [
            "CPrefetch", "CatalogMessages", "EventServing", "EventStreams", "FileFormats", "Gzip", "Idempotency",
            "InternetAddresses", "Jobs", "Leasing", "Paging", "Redis", "ServedJobs", "Waking", "WellKnownMessages",
            "Wire",
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "Crypto", package: "swift-crypto"),
            .product(name: "DequeModule", package: "swift-collections"),
            .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ],
        main: ["Authentication", "Events", "IdentityAPI"], swiftSettings: hotSettings) + [
        .testTarget(
            name: "InventoryDomainTests", dependencies: ["InventoryDomain", "InventoryMessages", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "InventoryReadTests",
            dependencies: nio + [
                "Buckets", "DrivelineTesting", "Events", "InventoryAPI", "InventoryDomain", "InventoryMessages",
                "InventoryService", "LocalServers", "Migrations", "Postgres", "ProtobufC", "RPC", "RPCMessages",
                "Redis", "TestSupport", "WellKnownMessages", "Wire", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "InventoryServiceTests",
            dependencies: nio + [
                "Buckets", "CatalogMessages", "DrivelineTesting", "Events", "InventoryAPI", "InventoryDomain",
                "InventoryMessages",
                "InventoryService", "Jobs", "Leasing", "LoadTesting", "LocalServers", "Migrations", "Partitioning",
                "Postgres", "ProtobufC", "RPC", "RPCMessages", "RPCTestSupport", "Redis", "TestSupport",
                "WellKnownMessages",
                "Wire", "driveline",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "InventoryProcessTests",
            dependencies: nio + [
                "Buckets", "CatalogAPI", "CatalogMessages", "DrivelineTesting", "InventoryAPI", "InventoryDomain",
                "InventoryMessages",
                "InventoryService", "LocalServers", "Migrations", "Postgres", "ProcessTestSupport", "RPC",
                "RPCMessages",
                "TestSupport", "Wire", "catalog", "driveline", "inventory",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
    ]

targets += [.systemLibrary(name: "CPrefetch", path: "Sources/CPrefetch")]

// Products, fitments, supersessions and kits: what is sold, for which vehicles.
targets +=
    service(
        "Catalog", messages: ["WellKnown"],
        domain: ["Vehicles", .product(name: "Crypto", package: "swift-crypto")],
        service: [
            "CatalogFiles", "EventServing", "Gzip", "Idempotency", "Jobs", "Leasing", "Paging", "ServedJobs",
            "Vehicles", "Waking",
            "Watching", "WellKnownMessages", "Wire",
            .product(name: "Crypto", package: "swift-crypto"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ],
        main: ["Authentication", "IdentityAPI"]) + [
        .target(
            name: "CatalogFiles",
            dependencies: [
                "CatalogDomain", "CatalogMessages", "FileFormats", "ProtobufC", "Transcoding", "WellKnownMessages",
                "XML",
            ],
            path: "services/catalog/Files",
            swiftSettings: hotSettings),
        .testTarget(
            name: "CatalogFilesTests",
            dependencies: [
                "CatalogDomain", "CatalogFiles", "CatalogMessages", "FileFormats", "Gzip", "ProtobufC", "TestSupport",
                "WellKnownMessages", "XML",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "CatalogDomainTests",
            dependencies: ["CatalogDomain", "CatalogMessages", "Gzip", "TestSupport", "Vehicles"],
            swiftSettings: settings),
        .testTarget(
            name: "CatalogServiceTests",
            dependencies: nio + [
                "Buckets", "CatalogAPI", "CatalogDomain", "CatalogMessages", "CatalogService", "DrivelineTesting",
                "Events", "Jobs", "LocalServers", "Migrations", "Postgres", "ProcessTestSupport", "ProtobufC", "RPC",
                "RPCMessages", "RPCTestSupport", "ServedJobs", "TestSupport", "Vehicles", "WellKnownMessages", "Wire",
                "catalog",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
    ]

// Price lists, rules, quotes and redemptions: what is asked for what is sold.
targets +=
    service(
        "Pricing", messages: ["WellKnown"],
        domain: ["Money", "WellKnownMessages", .product(name: "Crypto", package: "swift-crypto")],
        service: [
            "EventServing", "FileFormats", "Gzip", "Idempotency", "Jobs", "Leasing", "Money", "Paging", "PricingFiles",
            "ServedJobs",
            "Waking", "Watching", "WellKnownMessages", "Wire",
            .product(name: "Crypto", package: "swift-crypto"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ],
        main: ["Authentication", "IdentityAPI"], swiftSettings: hotSettings) + [
        .target(
            name: "PricingFiles", dependencies: ["FileFormats", "Money", "PricingDomain", "PricingMessages", "XML"],
            path: "services/pricing/Files", swiftSettings: hotSettings),
        .testTarget(
            name: "PricingFilesTests",
            dependencies: [
                "FileFormats", "Gzip", "Money", "PricingDomain", "PricingFiles", "PricingMessages", "TestSupport",
                "WellKnownMessages", "XML",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "PricingDomainTests",
            dependencies: [
                "Money", "PricingDomain", "PricingMessages", "ProtobufC", "TestSupport", "WellKnownMessages",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "PricingServiceTests",
            dependencies: nio + [
                "Buckets", "DrivelineTesting", "Events", "Jobs", "Leasing", "LocalServers", "Migrations", "Money",
                "Postgres", "PricingAPI", "PricingDomain", "PricingMessages", "PricingService", "ProcessTestSupport",
                "ProtobufC", "RPC", "RPCMessages", "RPCTestSupport", "ServedJobs", "TestSupport", "WellKnownMessages",
                "Wire", "pricing",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
    ]

// Orders, returns and settlements: what became of what is sold.
targets +=
    service(
        "Order", messages: ["WellKnown"],
        domain: ["Buckets", "Money", "Refusals", "WellKnownMessages"],
        service: [
            "CatalogAPI", "CatalogMessages", "EventServing", "FileFormats", "Gzip", "Idempotency", "InventoryAPI",
            "InventoryMessages", "Jobs", "Leasing", "Money", "OrderFiles", "Paging", "PricingAPI", "PricingMessages",
            "Refusals",
            "ServedJobs", "Waking", "Watching", "WellKnownMessages", "Wire",
            .product(name: "Crypto", package: "swift-crypto"),
            .product(name: "DequeModule", package: "swift-collections"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ],
        main: ["Authentication", "IdentityAPI"], swiftSettings: hotSettings) + [
        .target(
            name: "OrderFiles",
            dependencies: [
                "FileFormats", "Money", "OrderDomain", "OrderMessages", "ProtobufC", "Transcoding", "WellKnownMessages",
            ],
            path: "services/order/Files", swiftSettings: hotSettings),
        .testTarget(
            name: "OrderDomainTests",
            dependencies: [
                "Buckets", "Money", "OrderDomain", "OrderMessages", "ProtobufC", "Refusals", "TestSupport",
                "WellKnownMessages",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "OrderFilesTests",
            dependencies: [
                "FileFormats", "Money", "OrderDomain", "OrderFiles", "OrderMessages", "TestSupport",
                "WellKnownMessages",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "OrderServiceTests",
            dependencies: nio + [
                "Buckets", "CatalogAPI", "CatalogMessages", "CatalogService", "DrivelineTesting", "Events",
                "InventoryAPI", "InventoryMessages", "InventoryService", "Jobs", "Leasing", "LocalServers",
                "Migrations",
                "OrderAPI", "OrderDomain", "OrderMessages", "OrderService", "Postgres", "PricingAPI", "PricingMessages",
                "PricingService", "ProcessTestSupport", "ProtobufC", "RPC", "RPCMessages", "RPCTestSupport", "Refusals",
                "ServedJobs", "TestSupport", "WellKnownMessages", "Wire", "order",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
    ]

// Connections to marketplaces, and what keeps them in step.
targets +=
    service(
        "Channel", messages: ["WellKnown", "Raw"],
        domain: ["Buckets", "FileFormats", "Money", "ProtobufC", "Refusals", "WellKnownMessages"],
        service: [
            "CatalogAPI", "CatalogMessages", "ChannelAdapter", "EventStreams", "FileFormats", "Idempotency",
            "InternetAddresses",
            "InventoryAPI", "InventoryMessages", "Leasing", "Money", "OrderAPI", "OrderMessages", "Paging",
            "PricingAPI", "PricingMessages", "RawMessages", "Refusals", "Transcoding", "Waking", "WellKnownMessages",
            "Wire",
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "Crypto", package: "swift-crypto"),
            .product(name: "DequeModule", package: "swift-collections"),
            .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ],
        main: [
            "AmazonAdapter", "Authentication", "ChannelAdapter", "EbayAdapter", "FeedAdapter", "IdentityAPI",
            "ShopifyAdapter",
        ]) + [
        .target(
            name: "ChannelAdapter",
            dependencies: [
                "ChannelDomain", "ChannelMessages", "FileFormats", "OrderMessages", "ProtobufC", "WellKnownMessages",
            ],
            path: "services/channel/Adapter", swiftSettings: settings),
        .target(
            name: "ShopifyAdapter",
            dependencies: [
                "ChannelAdapter", "ChannelDomain", "ChannelMessages", "FileFormats", "Money", "OrderMessages",
                "ProtobufC", "WellKnownMessages", .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "services/channel/Shopify", swiftSettings: settings),
        .target(
            name: "AmazonAdapter",
            dependencies: [
                "ChannelAdapter", "ChannelDomain", "ChannelMessages", "FileFormats", "Gzip", "Money", "OrderMessages",
                "ProtobufC", "WellKnownMessages", .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "services/channel/Amazon", swiftSettings: settings),
        .target(
            name: "EbayAdapter",
            dependencies: [
                "ChannelAdapter", "ChannelDomain", "ChannelMessages", "FileFormats", "Money", "OrderMessages",
                "ProtobufC", "WellKnownMessages", .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "services/channel/Ebay", swiftSettings: settings),
        .target(
            name: "FeedAdapter",
            dependencies: [
                "ChannelAdapter", "ChannelDomain", "ChannelMessages", "FileFormats", "Money", "OrderMessages",
                "ProtobufC", "WellKnownMessages", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "services/channel/Feed", swiftSettings: settings),
        .testTarget(
            name: "ChannelDomainTests",
            dependencies: [
                "Buckets", "ChannelDomain", "ChannelMessages", "FileFormats", "Money", "ProtobufC", "Refusals",
                "TestSupport", "WellKnownMessages",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "ChannelServiceTests",
            dependencies: nio + [
                "Buckets", "CatalogAPI", "CatalogMessages", "CatalogService", "ChannelAPI", "ChannelAdapter",
                "ChannelDomain", "ChannelMessages", "ChannelService", "DrivelineTesting", "Events", "FeedAdapter",
                "InventoryAPI", "InventoryMessages", "InventoryService", "Leasing", "LocalServers", "Migrations",
                "OrderAPI", "OrderDomain", "OrderMessages",
                "OrderService", "Postgres", "PricingAPI", "PricingMessages", "ProcessTestSupport", "ProtobufC", "RPC",
                "RPCMessages", "RPCTestSupport", "RawMessages", "Refusals", "SandboxTestSupport", "ServiceKit",
                "TestSupport", "WellKnownMessages",
                "Wire", "channel",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "ShopifyAdapterTests",
            dependencies: [
                "ChannelAdapter", "ChannelDomain", "ChannelMessages", "DrivelineTesting", "FileFormats",
                "OrderMessages", "ProtobufC", "SandboxJSON", "SandboxTestSupport", "ShopifyAdapter", "TestSupport",
                "WellKnownMessages", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "AmazonAdapterTests",
            dependencies: [
                "AmazonAdapter", "ChannelAdapter", "ChannelDomain", "ChannelMessages", "DrivelineTesting",
                "FileFormats",
                "OrderMessages", "ProtobufC", "SandboxJSON", "SandboxTestSupport", "TestSupport",
                "WellKnownMessages", .product(name: "OrderedCollections", package: "swift-collections"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "EbayAdapterTests",
            dependencies: nio + [
                "ChannelAdapter", "ChannelDomain", "ChannelMessages", "DrivelineTesting", "EbayAdapter", "FileFormats",
                "HTTPServer", "OrderMessages", "ProtobufC", "SandboxJSON", "SandboxServer", "SandboxTestSupport",
                "TestSupport", "WellKnownMessages",
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "OrderedCollections", package: "swift-collections"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "FeedAdapterTests",
            dependencies: [
                "ChannelAdapter", "ChannelDomain", "ChannelMessages", "FeedAdapter", "FileFormats", "OrderMessages",
                "ProtobufC", "SandboxJSON", "SandboxTestSupport", "TestSupport", "WellKnownMessages",
            ],
            swiftSettings: settings),
    ]

// Stand-ins for marketplaces, for tests and for those who try the system. They know nothing of what connects to them.
targets += [
    .target(
        name: "SandboxJSON", dependencies: [.product(name: "OrderedCollections", package: "swift-collections")],
        path: "services/sandbox/JSON", swiftSettings: settings),
    .target(
        name: "SandboxGraphQL",
        dependencies: ["SandboxJSON", .product(name: "OrderedCollections", package: "swift-collections")],
        path: "services/sandbox/GraphQL",
        swiftSettings: settings),
    .target(
        name: "SandboxShop",
        dependencies: [
            "SandboxJSON", .product(name: "DequeModule", package: "swift-collections"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
            .product(name: "OrderedCollections", package: "swift-collections"),
        ],
        path: "services/sandbox/Shop", swiftSettings: settings),
    .target(
        name: "SandboxShopify",
        dependencies: [
            "SandboxGraphQL", "SandboxJSON", "SandboxShop", .product(name: "Crypto", package: "swift-crypto"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "OrderedCollections", package: "swift-collections"),
        ],
        path: "services/sandbox/Shopify", resources: [.embedInCode("Schema/admin.graphql")], swiftSettings: settings),
    .target(
        name: "SandboxAmazon",
        dependencies: [
            "SandboxJSON", "SandboxShop", .product(name: "Crypto", package: "swift-crypto"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "OrderedCollections", package: "swift-collections"),
        ],
        path: "services/sandbox/Amazon", swiftSettings: settings),
    .target(
        name: "SandboxEbay",
        dependencies: [
            "SandboxJSON", "SandboxShop", .product(name: "Crypto", package: "swift-crypto"),
            .product(name: "OrderedCollections", package: "swift-collections"),
        ],
        path: "services/sandbox/Ebay", swiftSettings: settings),
    .target(
        name: "SandboxFeed", dependencies: ["SandboxShop"], path: "services/sandbox/Feed", swiftSettings: settings),
    .target(
        name: "SandboxServer",
        dependencies: nio + [
            "HTTPServer", "SandboxAmazon", "SandboxEbay", "SandboxFeed", "SandboxJSON", "SandboxShop", "SandboxShopify",
            "ServiceKit",
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "Logging", package: "swift-log"), .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "OrderedCollections", package: "swift-collections"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ],
        path: "services/sandbox/Server", resources: [.embedInCode("page.html")], swiftSettings: settings),
    .executableTarget(
        name: "sandbox", dependencies: ["SandboxServer", "ServiceKit"], path: "services/sandbox/Main",
        swiftSettings: settings),
    .target(
        name: "SandboxTestSupport",
        dependencies: [
            "LocalServers", "SandboxJSON", "SandboxServer", "sandbox",
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "OrderedCollections", package: "swift-collections"),
        ],
        path: "Tests/SandboxTestSupport", swiftSettings: settings),
    .testTarget(
        name: "SandboxTests",
        dependencies: nio + [
            "DrivelineTesting", "HTTPServer", "LocalServers", "SandboxFeed", "SandboxGraphQL", "SandboxJSON",
            "SandboxServer", "SandboxShop", "SandboxShopify", "SandboxTestSupport", "TestSupport", "sandbox",
            .product(name: "Logging", package: "swift-log"), .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "OrderedCollections", package: "swift-collections"),
        ],
        swiftSettings: settings),
]

// The executables of services, as tests that kill them run them.
targets += [
    .target(
        name: "ProcessTestSupport",
        dependencies: ["DrivelineTesting", "LocalServers", "RPC", .product(name: "NIOCore", package: "swift-nio")],
        path: "Tests/ProcessTestSupport", swiftSettings: settings)
]

// Load with checks, for the services under load that matter most.
targets += [
    .target(
        name: "LoadTesting",
        dependencies: nio + [
            "InventoryAPI", "InventoryMessages", "RPC", "RPCMessages", "WellKnownMessages", "Wire",
            .product(name: "DequeModule", package: "swift-collections"),
        ],
        swiftSettings: settings
    ),
    .testTarget(
        name: "LoadTestingTests",
        dependencies: [
            "DrivelineTesting", "IdentityAPI", "IdentityMessages", "InventoryAPI", "InventoryMessages", "LoadTesting",
            "RPC", "RPCMessages", "RPCTestSupport", "TestSupport", "Wire", "driveline",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        swiftSettings: settings),
]

let package = Package(
    name: "driveline",
    products: [
        // What the benchmarks in a package of their own build on.
        .library(
            name: "EventStreams",
            targets: [
                "Buckets", "EventServing", "EventStreams", "Events", "Leasing", "Partitioning", "Postgres", "RPC",
            ]),
        .library(name: "HTTPServer", targets: ["HTTPServer"]),
        .library(name: "Postgres", targets: ["Postgres"]),
        .library(name: "Redis", targets: ["Redis"]),
        .library(name: "Transcoding", targets: ["ProtobufC", "SampleMessages", "Transcoding"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: targets
)
