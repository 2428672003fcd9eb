internal import Glibc

/// What the operating system says of this process, under the names that Prometheus' own clients use.
public enum ProcessMetrics {
    /// The text of the process's metrics, read now; what cannot be read is left out.
    public static func exposition() -> String {
        var text = ""
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            let seconds = self.seconds(usage.ru_utime) + self.seconds(usage.ru_stime)
            self.append("process_cpu_seconds_total", .counter, "User and system time spent.", seconds, to: &text)
        }
        if let pages = self.fields(of: "/proc/self/statm").dropFirst().first.flatMap(Double.init) {
            let bytes = pages * Double(sysconf(Int32(_SC_PAGESIZE)))
            self.append("process_resident_memory_bytes", .gauge, "Resident memory.", bytes, to: &text)
        }
        if let count = self.openDescriptors() {
            self.append("process_open_fds", .gauge, "Open file descriptors.", Double(count), to: &text)
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            self.append(
                "process_max_fds", .gauge, "The limit of open file descriptors.", Double(limit.rlim_cur), to: &text)
        }
        if let start = self.startSeconds() {
            self.append(
                "process_start_time_seconds", .gauge, "When the process began, in seconds since 1970.", start,
                to: &text)
        }
        return text
    }

    private static func append(
        _ name: String, _ kind: MetricRegistry.Kind, _ help: String, _ value: Double, to text: inout String
    ) {
        MetricRegistry.append(heading: name, kind, help, to: &text)
        MetricRegistry.append(sample: name, "", MetricName.number(value), to: &text)
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

    /// The start is field 22 of `stat`, in clock ticks since the machine's start, which is in the other file.
    private static func startSeconds() -> Double? {
        // The second field is the program's name in brackets, which may hold spaces and brackets itself.
        guard let stat = self.content(of: "/proc/self/stat"), let bracket = stat.lastIndex(of: ")"),
            let boot = self.content(of: "/proc/stat")?.split(separator: "\n").first(where: { $0.hasPrefix("btime ") })
        else { return nil }
        let fields = stat[stat.index(after: bracket)...].split(separator: " ")
        guard fields.count > 19, let ticks = Double(fields[19]), let bootSeconds = Double(boot.dropFirst(6)) else {
            return nil
        }
        return bootSeconds + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func openDescriptors() -> Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Beside `.` and `..`, the folder itself is open.
        return max(0, count - 3)
    }

    private static func fields(of path: String) -> [Substring] { self.content(of: path)?.split(separator: " ") ?? [] }

    private static func content(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(descriptor, &block, block.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += block[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
