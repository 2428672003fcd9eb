import Foundation
import Testing

@testable import LocalSystem

@Suite("A plan says what a system consists of, and is checked as a whole")
struct SystemPlanTests {
    @Test("servers come first, and only those that somebody needs")
    func parts() throws {
        let plan = SystemPlan([
            ServicePlan("stock", portOffset: 10, needs: [.postgres]),
            ServicePlan("gateway", portOffset: 11, calls: ["stock"]),
        ])
        #expect(
            try plan.parts() == [
                .init(name: "postgres", waitsFor: []), .init(name: "stock", waitsFor: ["postgres"]),
                .init(name: "gateway", waitsFor: ["stock"]),
            ])
    }

    @Test("the project's own plan is right, and its ports lie within the system's")
    func ownPlan() throws {
        #expect(try !SystemPlan.driveline.parts().isEmpty)
        let ports = SystemPorts()
        for service in SystemPlan.driveline.services {
            #expect((ports.base..<ports.base + SystemPorts.span).contains(ports.admin(of: service)))
        }
    }

    @Test(
        "a plan that contradicts itself is refused, and the service is named",
        arguments: [
            ([ServicePlan("Stock", portOffset: 10)], "\"Stock\" is not valid"),
            ([ServicePlan("redis", portOffset: 10)], "redis is taken"),
            ([ServicePlan("a", portOffset: 10), ServicePlan("a", portOffset: 11)], "a is taken"),
            ([ServicePlan("a", portOffset: 10), ServicePlan("b", portOffset: 10)], "port offset 10 of b is taken"),
            ([ServicePlan("a", portOffset: 50)], "port offset 50 of a is taken or out of range"),
            ([ServicePlan("a", portOffset: 10, httpPortOffset: 1)], "HTTP port offset 1 of a is taken or out of range"),
            (
                [
                    ServicePlan("a", portOffset: 10, httpPortOffset: 0),
                    ServicePlan("b", portOffset: 11, httpPortOffset: 0),
                ], "HTTP port offset 0 of b is taken"
            ),
            ([ServicePlan("a", portOffset: 10, calls: ["b"])], "a calls b, which is not in the plan"),
            ([ServicePlan("a", portOffset: 10, folders: ["in": "../x"])], "\"../x\" of a's in is taken or not valid"),
            ([ServicePlan("a", portOffset: 10, folders: ["in": "logs"])], "\"logs\" of a's in is taken or not valid"),
            (
                [
                    ServicePlan("a", portOffset: 10, folders: ["in": "files"]),
                    ServicePlan("b", portOffset: 11, folders: ["out": "files"]),
                ], "\"files\" of b's out is taken or not valid"
            ),
            (
                [ServicePlan("a", portOffset: 10, calls: ["b"]), ServicePlan("b", portOffset: 11, calls: ["a"])],
                "none of a, b can start first"
            ),
        ])
    func contradictions(_ services: [ServicePlan], _ reason: String) {
        let error = #expect(throws: SystemError.self) { try SystemPlan(services).parts() }
        #expect(error?.code == .plan)
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test("a service learns its ports, whom it calls, and nothing of Driveline's that is not meant for it")
    func environment() {
        let stock = ServicePlan("stock", portOffset: 10)
        let gateway = ServicePlan("gateway", portOffset: 11, calls: ["stock"], settings: ["read-rate"])
        var options = SystemRun.Options(folder: DataFolder(URL(filePath: "/nowhere")), ports: SystemPorts(base: 9_000))
        options.environment = [
            "PATH": "/bin", "DRIVELINE_LOG_LEVEL": "debug", "DRIVELINE_CREDENTIAL": "of the command line",
            "PGHOST": "elsewhere", "DRIVELINE_READ_RATE": "5", "DRIVELINE_WRITE_RATE": "6",
        ]
        let environment = Assembly(SystemPlan([stock, gateway]), options).environment(of: gateway)
        #expect(
            environment == [
                "PATH": "/bin", "DRIVELINE_LOG_LEVEL": "debug", "DRIVELINE_READ_RATE": "5", "DRIVELINE_PORT": "9011",
                "DRIVELINE_ADMIN_PORT": "9061", "DRIVELINE_LOG_FORMAT": "json", "DRIVELINE_DRAIN_DELAY_MS": "0",
                "DRIVELINE_DRAIN_TIMEOUT_MS": "5000", "DRIVELINE_STOCK_ADDRESS": "127.0.0.1:9010",
            ])
    }

    @Test("a service is told the HTTP address of another one, unless whoever starts the system gives one")
    func httpAddresses() throws {
        let gateway = ServicePlan("gateway", portOffset: 11, httpPortOffset: 0, calls: ["channel"])
        let channel = ServicePlan(
            "channel", portOffset: 10, httpAddresses: ["public-url": "gateway"], settings: ["public-url"])
        var options = SystemRun.Options(folder: DataFolder(URL(filePath: "/nowhere")), ports: SystemPorts(base: 9_000))
        let plan = SystemPlan([channel, gateway])
        #expect(try plan.parts().map(\.name) == ["channel", "gateway"])
        #expect(Assembly(plan, options).environment(of: channel)["DRIVELINE_PUBLIC_URL"] == "http://127.0.0.1:9000")
        options.environment = ["DRIVELINE_PUBLIC_URL": "https://tunnel.example"]
        #expect(Assembly(plan, options).environment(of: channel)["DRIVELINE_PUBLIC_URL"] == "https://tunnel.example")
        #expect(Assembly(plan, options).environment(of: gateway)["DRIVELINE_PUBLIC_URL"] == nil)
        let error = #expect(throws: SystemError.self) { try SystemPlan([channel]).parts() }
        #expect(error?.code == .plan)
    }

    @Test(
        "a service learns its folders, which are for their owner alone, and keep the rights that they are given later")
    func folders() throws {
        let folder = SampleSystem.newFolder()
        defer { try? FileManager.default.removeItem(at: folder.url) }
        let stock = ServicePlan("stock", portOffset: 10, folders: ["drop-folder": "drops"])
        let assembly = Assembly(SystemPlan([stock]), SystemRun.Options(folder: folder, ports: SystemPorts()))
        #expect(assembly.environment(of: stock)["DRIVELINE_DROP_FOLDER"] == "\(folder.path)/drops")
        try folder.prepare()
        func rights() throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: "\(folder.path)/drops")[.posixPermissions] as? Int
        }
        _ = try assembly.runners()
        #expect(try rights() == 0o700)
        try FileManager.default.setAttributes([.posixPermissions: 0o750], ofItemAtPath: "\(folder.path)/drops")
        _ = try assembly.runners()
        #expect(try rights() == 0o750)
    }

    @Test("the URL of a server leads to other databases of it, and shows no password")
    func serverURLs() throws {
        let url = try #require(ServerURL(postgres: "postgresql://me:secret@db.example:6000/postgres?sslmode=require"))
        #expect(url.address == "db.example:6000")
        #expect(url.database("driveline_a") == "postgresql://me:secret@db.example:6000/driveline_a?sslmode=require")
        #expect(ServerURL(postgres: "postgresql:///x?host=/run/postgresql")?.address == "/run/postgresql:5432")
        #expect(ServerURL(postgres: "http://db") == nil)
        #expect(ServerURL(postgres: "host=db") == nil)
        #expect(ServerURL(redis: "redis://:secret@cache")?.address == "cache:6379")
        #expect(ServerURL(redis: "cache:6379") == nil)
    }

    @Test("the data folder follows XDG, and for root lies where other users may come in")
    func defaultFolder() {
        func path(_ environment: [String: String], _ user: UInt32) -> String {
            DataFolder.default(environment: { environment[$0] }, userID: user).path
        }
        #expect(path(["HOME": "/home/ada"], 1_000) == "/home/ada/.local/share/driveline")
        #expect(path(["HOME": "/home/ada", "XDG_DATA_HOME": "/data"], 1_000) == "/data/driveline")
        // The specification says that a relative path is to be ignored.
        #expect(path(["HOME": "/home/ada", "XDG_DATA_HOME": "data"], 1_000) == "/home/ada/.local/share/driveline")
        #expect(path(["HOME": "/root"], 0) == "/var/lib/driveline")
    }
}
