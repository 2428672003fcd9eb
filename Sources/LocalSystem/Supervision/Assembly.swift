internal import Foundation

/// Turns a plan into the parts that run, and sees beforehand whether they can.
struct Assembly: Sendable {
    /// What every service gets from the environment of whoever starts the system, of the names that are Driveline's.
    static let passedVariables: Set<String> = ["DRIVELINE_LOG_LEVEL"]

    let plan: SystemPlan
    let options: SystemRun.Options

    init(_ plan: SystemPlan, _ options: SystemRun.Options) {
        self.plan = plan
        self.options = options
    }

    private var databases: [String] { self.plan.services.filter { $0.needs.contains(.postgres) }.map(\.database) }

    /// - Throws: ``SystemError`` with code `executableMissing`, naming all that are.
    func checkExecutables() throws(SystemError) {
        let missing = self.plan.services.map { (name: $0.executable, path: self.path(of: $0)) }
            .filter { access($0.path, X_OK) != 0 }
        guard let first = missing.first else { return }
        let commands = missing.map { "`swift build --product \(URL(filePath: $0.name).lastPathComponent)`" }
        throw SystemError(
            .executableMissing,
            "\(first.path) is not there; build it with " + commands.joined(separator: " and "))
    }

    /// - Throws: ``SystemError`` with code `portInUse` for the first port that somebody listens on.
    func checkPorts() throws(SystemError) {
        let ports = self.options.ports
        var wanted: [(port: Int, name: String)] = []
        if self.options.postgres == nil, self.plan.servers.contains(.postgres) {
            wanted.append((ports.postgres, "PostgreSQL"))
        }
        if self.options.redis == nil, self.plan.servers.contains(.redis) { wanted.append((ports.redis, "Redis")) }
        for service in self.plan.services {
            wanted.append((ports.calls(of: service), service.name))
            wanted.append((ports.admin(of: service), "the probes of \(service.name)"))
            if let port = ports.http(of: service) { wanted.append((port, "the HTTP port of \(service.name)")) }
        }
        for (port, name) in wanted where !PortProbe.isFree(port) { throw SystemError(portInUse: port, of: name) }
    }

    /// The parts, servers first.
    func runners() throws(SystemError) -> [any PartRunner] {
        let folder = self.options.folder
        var runners: [any PartRunner] = []
        var variables: [ServicePlan.Server: @Sendable (ServicePlan) -> String] = [:]
        for server in self.plan.servers {
            switch server {
            case .postgres:
                if let url = self.options.postgres {
                    runners.append(ExternalServer.postgres(url, databases: self.databases))
                    variables[.postgres] = { url.database($0.database) }
                } else {
                    let runner = PostgresRunner(folder, self.options.ports, databases: self.databases)
                    runners.append(runner)
                    variables[.postgres] = { runner.url(database: $0.database) }
                }
            case .redis:
                if let url = self.options.redis {
                    runners.append(ExternalServer.redis(url))
                    variables[.redis] = { _ in url.text }
                } else {
                    let runner = RedisRunner(folder, self.options.ports)
                    runners.append(runner)
                    variables[.redis] = { _ in runner.url ?? "" }
                }
            }
        }
        let token = try folder.makeServiceToken()
        for service in self.plan.services {
            for name in service.folders.values { try folder.makeFolder(name) }
            var environment = self.environment(of: service)
            environment["DRIVELINE_SERVICE_TOKEN_FILE"] = token
            // By file, as URLs can hold passwords, and others may look at a process's environment.
            for server in ServicePlan.Server.allCases where service.needs.contains(server) {
                guard let url = variables[server]?(service) else { continue }
                environment["DRIVELINE_\(server.rawValue.uppercased())_URL_FILE"] = try folder.writeSecret(
                    "\(service.name)-\(server.rawValue)-url", url)
            }
            for (setting, secret) in service.secrets {
                environment["\(Self.variable(of: setting))_FILE"] = try folder.make(
                    secret, named: "\(service.name)-\(setting)")
            }
            runners.append(
                ServiceRunner(
                    service, self.options.ports, executable: self.path(of: service), environment: environment,
                    folder: folder, readinessLimit: self.options.readinessLimit))
        }
        return runners
    }

    /// The variable of a setting.
    private static func variable(of setting: String) -> String {
        "DRIVELINE_\(setting.uppercased().replacing("-", with: "_"))"
    }

    /// What a service learns, secrets aside. A variable of Driveline's that it does not know would keep it from
    /// starting, so of those only what is meant for it is passed on; and PostgreSQL's would lead it elsewhere.
    func environment(of service: ServicePlan) -> [String: String] {
        let ports = self.options.ports
        let passed = Self.passedVariables.union(service.settings.map { Self.variable(of: $0) })
        var environment = self.options.environment.filter { name, _ in
            passed.contains(name) || !(name.hasPrefix("DRIVELINE_") || name.hasPrefix("PG"))
        }
        environment["DRIVELINE_PORT"] = "\(ports.calls(of: service))"
        environment["DRIVELINE_ADMIN_PORT"] = "\(ports.admin(of: service))"
        if let port = ports.http(of: service) { environment["DRIVELINE_HTTP_PORT"] = "\(port)" }
        environment["DRIVELINE_LOG_FORMAT"] = "json"
        // Nobody routes by the probes here who would need time to notice.
        environment["DRIVELINE_DRAIN_DELAY_MS"] = "0"
        environment["DRIVELINE_DRAIN_TIMEOUT_MS"] = "\(ServiceRunner.drainTimeoutMilliseconds)"
        for called in self.plan.services where service.calls.contains(called.name) {
            environment["DRIVELINE_\(called.name.uppercased())_ADDRESS"] = "127.0.0.1:\(ports.calls(of: called))"
        }
        for (setting, name) in service.httpAddresses where environment[Self.variable(of: setting)] == nil {
            guard let port = self.plan.services.first(where: { $0.name == name }).flatMap(ports.http(of:)) else {
                continue
            }
            environment[Self.variable(of: setting)] = "http://127.0.0.1:\(port)"
        }
        for (setting, name) in service.folders {
            environment[Self.variable(of: setting)] = self.options.folder.folder(name).path(percentEncoded: false)
        }
        return environment
    }

    private func path(of service: ServicePlan) -> String {
        service.executable.hasPrefix("/")
            ? service.executable
            : URL(filePath: self.options.executables).appending(path: service.executable).path(percentEncoded: false)
    }
}
