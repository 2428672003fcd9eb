internal import APIReference
public import SwiftProtobuf
public import SwiftProtobufPluginLibrary

/// Turns proto files into Swift: values over protobuf-c's structures, services, and clients.
public struct DrivelineGenerator: CodeGenerator {
    /// Where the folders of the modules go, as parameters `messages=`, `api=`, `scopes=` and `documents=` say.
    struct Folders {
        var messages = "Sources/Messages"
        var api = "Sources/API"
        /// Where the list of all scopes goes; `nil`: it is not written.
        var scopes: String?
        /// Where the documents about the REST API go; `nil`: they are not written.
        var documents: String?
    }

    /// Creates a generator.
    public init() {}

    /// proto3 `optional` is declared as supported so that the refusal comes from here, with advice.
    public let supportedFeatures: [Google_Protobuf_Compiler_CodeGeneratorResponse.Feature] = [.proto3Optional]

    /// The options that proto files carry.
    public var customOptionExtensions: [any AnyMessageExtension] {
        [
            Driveline_Extensions_module, Driveline_Extensions_http, Driveline_Extensions_scope,
            Driveline_Extensions_anonymous, Driveline_Extensions_idempotency, Driveline_Extensions_version,
            Driveline_Extensions_batch, Driveline_Extensions_inline, Driveline_Extensions_offload,
            Driveline_Extensions_timeout_milliseconds, Driveline_Extensions_concurrency_limit,
            Driveline_Extensions_deprecated_on, Driveline_Extensions_sunset_on, Driveline_Extensions_sharing,
            Driveline_Extensions_refusals, Driveline_Extensions_cache, Driveline_Extensions_field,
            Driveline_Extensions_http_status,
        ]
    }

    /// Checks the files and writes what is made of them.
    ///
    /// - Throws: ``GenerationError``, ``ParameterError``, or what writing throws.
    public func generate(
        files: [FileDescriptor],
        parameter: any CodeGeneratorParameter,
        protoCompilerContext: any ProtoCompilerContext,
        generatorOutputs: any GeneratorOutputs
    ) throws {
        let folders = try Self.folders(parameter.parsedPairs)
        try lint(files)
        for file in files {
            let messages = MessagesFile(file)
            try generatorOutputs.add(
                fileName: "\(folders.messages)/\(file.messagesModule)/\(messages.name)", contents: messages.text)
            guard let stem = file.moduleStem, !file.services.isEmpty else { continue }
            let services = ServicesFile(file)
            try generatorOutputs.add(fileName: "\(folders.api)/\(stem)API/\(services.name)", contents: services.text)
        }
        for package in Self.packages(files) {
            try Self.add(package, folders, generatorOutputs)
        }
        if let folder = folders.scopes {
            try generatorOutputs.add(fileName: "\(folder)/\(ScopesFile.name)", contents: ScopesFile(files).text)
        }
        if let folder = folders.documents {
            let api = APIBuilder(files).api
            try generatorOutputs.add(fileName: "\(folder)/openapi.json", contents: OpenAPIDocument(api).text)
            try generatorOutputs.add(fileName: "\(folder)/reference.html", contents: ReferencePage(api).text)
        }
    }

    private static func add(
        _ descriptors: DescriptorsFile,
        _ folders: Folders,
        _ outputs: any GeneratorOutputs
    ) throws {
        let structures = "\(folders.messages)/C\(descriptors.stem)Messages"
        try outputs.add(fileName: "\(structures)/\(descriptors.name).c", contents: descriptors.cSource())
        try outputs.add(fileName: "\(structures)/include/\(descriptors.name).h", contents: descriptors.header)
        try outputs.add(
            fileName: "\(folders.messages)/\(descriptors.stem)Messages/\(DescriptorsFile.swiftName)",
            contents: descriptors.swiftSource)
    }

    /// The packages in the order of their first files.
    private static func packages(_ files: [FileDescriptor]) -> [DescriptorsFile] {
        var order: [String] = []
        var groups: [String: [FileDescriptor]] = [:]
        for file in files {
            if groups[file.package] == nil { order.append(file.package) }
            groups[file.package, default: []].append(file)
        }
        return order.compactMap { package in
            guard let files = groups[package], let stem = files.first?.moduleStem else { return nil }
            return DescriptorsFile(package: package, stem: stem, files: files)
        }
    }

    private static func folders(_ parameters: [(key: String, value: String)]) throws(ParameterError) -> Folders {
        var folders = Folders()
        for (key, value) in parameters {
            switch key {
            case "messages": folders.messages = value
            case "api": folders.api = value
            case "scopes": folders.scopes = value
            case "documents": folders.documents = value
            default: throw ParameterError(name: key)
            }
        }
        return folders
    }
}

/// A parameter that the generator does not know.
public struct ParameterError: Error, CustomStringConvertible {
    /// The parameter's name.
    public var name: String

    /// What protoc shows.
    public var description: String {
        "there is no parameter \(self.name); the parameters are messages, api, scopes and documents"
    }
}
