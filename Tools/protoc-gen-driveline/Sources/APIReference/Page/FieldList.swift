/// Shows fields with their rules, and those of the objects in them.
struct FieldList {
    let api: APIDescription
    let use: SchemaUse

    /// The fields of an object.
    func html(_ name: String, without left: Set<String>) -> HTML {
        guard let object = self.api.objects[name] else { return "" }
        let fields = object.fields.filter { !left.contains($0.name) }
        return self.html(fields, choices: object.choices(without: left))
    }

    /// Fields one below the other.
    func html(_ fields: [APIField], choices: [(name: String, fields: [String])] = []) -> HTML {
        let rows = fields.map { field in
            self.row(field, others: choices.first { $0.fields.contains(field.name) }?.fields ?? [])
        }
        return fields.isEmpty ? "<p class=\"none\">None.</p>" : "<dl class=\"fields\">\(rows)</dl>"
    }

    private func row(_ field: APIField, others: [String]) -> HTML {
        """
        <div><dt><code>\(field.name)</code> <span class="type">\(field.type.word)</span>\(self.presence(field))</dt>\
        <dd>\(HTML.paragraphs(field.text))\(self.rules(field, others))\(self.inner(field))</dd></div>
        """
    }

    private func presence(_ field: APIField) -> HTML {
        switch self.use {
        case .request, .row: field.isRequired ? " <span class=\"required\">required</span>" : ""
        case .answer: field.isAlwaysAnswered ? "" : " <span class=\"type\">where set</span>"
        }
    }

    private func rules(_ field: APIField, _ others: [String]) -> HTML {
        var rules = self.use == .request ? field.type.rules : []
        if others.count > 1 {
            let names = others.filter { $0 != field.name }.map { "`\($0)`" }
            rules.append(
                "not beside "
                    + (names.count > 3 ? "another of the \(others.count) choices" : names.joined(separator: ", ")))
        }
        guard !rules.isEmpty else { return "" }
        let text = rules.joined(separator: "; ")
        return "<p class=\"rules\">\(HTML.inline(text.prefix(1).uppercased() + text.dropFirst())).</p>"
    }

    /// What is within: values of an enumeration, or the fields of an object.
    private func inner(_ field: APIField) -> HTML {
        switch field.type.innermost {
        case .enumeration(let name): self.values(name, withZero: self.use == .answer || !field.isRequired)
        case .object(let name, let left):
            """
            <details><summary>Fields of <b>\(name.shortName)</b></summary>\(self.html(name, without: left))</details>
            """
        default: ""
        }
    }

    private func values(_ name: String, withZero: Bool) -> HTML {
        let all = self.api.enumerations[name]?.values ?? []
        let values = all.filter { withZero || !$0.isZero }
        let names = values.map { "`\($0.name)`" }.joined(separator: ", ")
        guard values.contains(where: { !$0.text.isEmpty }) else {
            return "<p class=\"rules\">One of \(HTML.inline(names)).</p>"
        }
        let rows = values.map { value -> HTML in
            "<li><code>\(value.name)</code>\(value.text.isEmpty ? "" : " \(HTML.inline(value.text))")</li>"
        }
        return """
            <details><summary>One of \(HTML.inline(names))</summary><ul class="values">\(rows)</ul></details>
            """
    }
}

extension String {
    /// A full name without what it is in.
    var shortName: String { self.split(separator: ".").last.map(String.init) ?? self }
}
