import Foundation
import TestSupport
import Testing

@Suite("The image")
struct DockerfileTests {
    @Test("it has the command-line tool and every service")
    func products() throws {
        let list = try #require(try ServiceList.dockerfile().firstMatch(of: /for product in ([^;]*);/)).1
        let products = list.split { $0.isWhitespace || $0 == "\\" }.map(String.init)
        #expect(products.sorted() == (["driveline"] + ServiceList.names).sorted())
    }

    @Test("it runs as somebody without rights, and its bases have versions")
    func user() throws {
        let text = try ServiceList.dockerfile()
        let stages = text.matches(of: /FROM (\S+)/).map { String($0.1) }
        #expect(stages.count == 2 && stages.allSatisfy { $0.contains(":") && !$0.hasSuffix(":latest") })
        let user = try #require(text.matches(of: /\nUSER (\d+):(\d+)/).last)
        #expect(user.1 != "0" && user.2 != "0")
        #expect(text.contains("--uid \(user.1)"))
    }

    @Test(
        "it has the packages of all libraries that the executables are linked with",
        arguments: ["driveline"] + ServiceList.names)
    func libraries(_ product: String) throws {
        let text = try ServiceList.dockerfile()
        let runtime = text[try #require(text.range(of: "FROM debian:")).lowerBound...]
        let run = try Command.run("/usr/bin/ldd", [Command.product(product)])
        #expect(run.exitCode == 0, "\(run.errors)")
        let known = [
            "libpq.so.5": "libpq5", "libprotobuf-c.so.1": "libprotobuf-c1", "libhiredis.so.0.14": "libhiredis0.14",
            "libz.so.1": "zlib1g", "libmimalloc.so.2": "libmimalloc2.0", "libxml2.so.2": "libxml2",
        ]
        for (library, package) in known where run.output.contains(library) { #expect(runtime.contains(" \(package)")) }
        // Those that the executables name themselves; Swift's are linked statically in the image.
        let direct = try Command.run("/usr/bin/objdump", ["-p", Command.product(product)])
        for match in direct.output.matches(of: /NEEDED +(\S+)/) {
            let name = String(match.1)
            let isBase = name.contains(/^(ld-linux|lib(c|m|gcc_s|stdc\+\+|dl|rt|util|pthread)\.so)/)
            let isSwift = name.contains(/^lib(swift|_?Foundation|_Foundation|dispatch|BlocksRuntime)/)
            #expect(isBase || isSwift || known[name] != nil, "\(product) needs \(name)")
        }
    }

    @Test("what Package.swift names is sent to the builder")
    func ignored() throws {
        let ignored = try String(contentsOf: Python.root.appending(path: ".dockerignore"), encoding: .utf8)
            .split(separator: "\n")
        for folder in ["Package.swift", "Sources", "services", "Tests", "Examples"] {
            #expect(!ignored.contains(Substring(folder)), "\(folder)")
        }
    }
}
