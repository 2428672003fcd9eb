/// Writes an API as one page of HTML for people.
///
/// It is whole without a script: style and script are files of their own beside it, and nothing comes from elsewhere.
public struct ReferencePage {
    private let api: APIDescription
    private let groups: [OperationGroup]
    private let common: [APIProblem]

    /// A page about an API.
    public init(_ api: APIDescription) {
        self.api = api
        self.groups = OperationGroup.groups(of: api)
        let problems = api.operations.map { Set($0.problems) }
        let shared = problems.dropFirst().reduce(problems.first ?? []) { $0.intersection($1) }
        self.common = api.operations.first?.problems.filter(shared.contains) ?? []
    }

    /// The page.
    public var text: String { self.html.text }

    private var html: HTML {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="description" content="The reference of Driveline's REST API: every operation with its fields, rules, examples and problems.">
        <title>Driveline API</title>
        <link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%233157d5'/%3E%3Cpath d='M4 5h5a3 3 0 0 1 0 6H4z' fill='white'/%3E%3C/svg%3E">
        <link rel="stylesheet" href="/docs/reference.css">
        <script src="/docs/reference.js" defer></script>
        </head>
        <body>
        <a class="skip" href="#content">Skip to content</a>
        <header><a class="name" href="#top">Driveline API</a><a class="menu" href="#menu">Menu</a></header>
        \(self.navigation)
        <main id="content" tabindex="-1">
        <div class="text" id="top">
        <h1>Driveline API</h1>
        <p class="lead">Stock, reservations and keys of a brand, over HTTP with JSON. Everything here is made of the same \
        definitions as the gateway's endpoints; <a href="\(APIPages.documentPath)">\(APIPages.documentPath)</a> has it for \
        programs, as OpenAPI 3.1.</p>
        </div>
        \(self.guide)
        \(self.operations)
        <footer><p>Driveline API, version \(OpenAPIDocument.version)</p></footer>
        </main>
        </body>
        </html>

        """
    }

    // MARK: - Navigation

    private var navigation: HTML {
        """
        <nav id="menu" aria-label="Contents">
        <p class="title"><a class="name" href="#top">Driveline API</a><a class="close" href="#content">Close</a></p>
        <div class="filter" hidden><label for="filter">Filter operations</label>\
        <input id="filter" type="search" autocomplete="off" spellcheck="false" aria-describedby="found">\
        <p id="found" role="status"></p></div>
        <p class="heading" id="menu-guide">Guide</p>
        <ul aria-labelledby="menu-guide">\(APIGuide.sections.map { "<li><a href=\"#\($0.id)\">\($0.title)</a></li>" as HTML })</ul>
        \(self.groups.map(Self.links))
        </nav>
        """
    }

    private static func links(_ group: OperationGroup) -> HTML {
        let links = group.operations.map { operation -> HTML in
            """
            <li data-words="\(operation.words)"><a href="#\(operation.id)">\(OperationSection.verb(operation.verb)) \
            <span>\(operation.title)</span></a></li>
            """
        }
        return """
            <div class="group"><p class="heading" id="menu-\(group.id)">\(group.title)</p>\
            <ul aria-labelledby="menu-\(group.id)">\(links)</ul></div>
            """
    }

    // MARK: - The guide

    private var guide: HTML {
        HTML(
            APIGuide.sections.map { section in
                let text = section.blocks.map { block -> HTML in
                    if case .paragraph(let text) = block { "<p>\(HTML.inline(text))</p>" } else { "" }
                }
                let code = section.blocks.map { block -> HTML in
                    if case .code(let kind, let code) = block {
                        CodeBlock.html(kind == "json" ? "Answer" : "Header", kind: kind, code)
                    } else {
                        ""
                    }
                }
                let problems: HTML = section.id == "problems" ? self.commonProblems : ""
                return """
                    <section class="guide" id="\(section.id)" aria-labelledby="\(section.id)-title"><div class="text">
                    <h2 id="\(section.id)-title"><a href="#\(section.id)">\(section.title)</a></h2>\(text)\(problems)
                    </div><div class="examples">\(code)</div></section>

                    """
            })
    }

    private var commonProblems: HTML {
        """
        <h3 id="problems-of-all">Problems of every operation</h3>\(ProblemTable.html(self.common))
        """
    }

    // MARK: - Operations

    private var operations: HTML {
        let examples = ExampleWriter(self.api)
        let common = Set(self.common)
        return HTML(
            self.groups.map { group in
                let sections = group.operations.map { operation in
                    OperationSection(operation, self.api, examples, common: common).html
                }
                return """
                    <section class="group" id="\(group.id)" aria-labelledby="\(group.id)-title">
                    <div class="text"><h2 id="\(group.id)-title"><a href="#\(group.id)">\(group.title)</a></h2></div>
                    \(sections)
                    </section>
                    """
            })
    }
}

/// Operations on the same kind of thing: those of a service whose paths begin alike.
struct OperationGroup {
    let id: String
    let title: String
    var operations: [APIOperation]

    /// The groups in the order of their first operations.
    static func groups(of api: APIDescription) -> [OperationGroup] {
        var groups: [OperationGroup] = []
        for operation in api.operations {
            // Behind the slash and the version.
            let segments = operation.path.split(separator: "/")
            let name = segments.count > 1 ? String(segments[1]) : operation.path
            let id = "group-\(operation.service.lowercased())-\(name)".replacing(" ", with: "-")
            if let index = groups.firstIndex(where: { $0.id == id }) {
                groups[index].operations.append(operation)
            } else {
                let title = name.replacing("-", with: " ")
                let heading = title.prefix(1).uppercased() + title.dropFirst()
                groups.append(OperationGroup(id: id, title: heading, operations: [operation]))
            }
        }
        return groups
    }
}

extension APIOperation {
    /// What a filter finds it by.
    fileprivate var words: String {
        [self.title, self.verb, self.path, self.summary, self.id].joined(separator: " ").lowercased()
    }
}
