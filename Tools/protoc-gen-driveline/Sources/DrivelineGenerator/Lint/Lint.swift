import SwiftProtobufPluginLibrary

/// Refuses proto files that generated code could not serve well; each rule says what to do instead.
///
/// - Throws: ``GenerationError`` with every problem found.
func lint(_ files: [FileDescriptor]) throws(GenerationError) {
    var problems = ProblemList()
    for file in files {
        FileLint(file).check(&problems)
        for message in file.allMessages { ShapeLint(message).check(&problems) }
    }
    PackageLint(files).check(&problems)
    // What follows walks messages to their end, which only ends where none holds itself.
    try problems.throwIfAny()
    for file in files {
        for message in file.allMessages {
            MessageNameLint(message).check(&problems)
            for field in message.fieldModels { FieldRulesLint(field).check(&problems) }
        }
        for enumeration in file.enums + file.allMessages.flatMap(\.enums) {
            EnumNameLint(enumeration).check(&problems)
        }
        for service in file.services { ServiceLint(service).check(&problems) }
    }
    MethodTableLint(files).check(&problems)
    try problems.throwIfAny()
}
