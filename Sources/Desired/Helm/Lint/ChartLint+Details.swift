import Document
import FileTree

extension LintRule {
    static let chartFolder = LintRule("chart-folder", .info, "A chart's folder has another name than the chart")
    static let chartValues = LintRule("chart-values", .info, "The chart has no values.yaml")
    static let chartTemplateFile = LintRule(
        "chart-template-file", .warning, "A file in templates/ has a name that Helm does not expect there")
    static let chartDeprecated = LintRule("chart-deprecated", .info, "Chart.yaml says that the chart is deprecated")
}

/// What `helm lint` looks at besides.
extension ChartLint {
    static let detailRules: [LintRule] = [.chartFolder, .chartValues, .chartTemplateFile, .chartDeprecated]

    func details() throws(Problem) -> [Finding] {
        var found = addresses() + maintainers() + firstForm()
        let name = text("name")
        if folder != .root, !name.isEmpty, folder.name != name, !folder.name.hasPrefix("\(name)-") {
            found.append(
                Finding(
                    .chartFolder, "the chart \(name) lies in a folder named \(folder.name)",
                    at: metadata["name"]?.origin ?? place, hint: "give both one name, as helm package does"))
        }
        if metadata["deprecated"]?.bool == true {
            found.append(
                Finding(
                    .chartDeprecated, "the chart is deprecated", at: metadata["deprecated"]?.origin ?? place,
                    hint: "its description or README should say what takes its place"))
        }
        if !isLibrary, try tree.kind(of: folder.appending("values.yaml"), for: .none) != .file {
            found.append(
                Finding(
                    .chartValues, "the chart has no values.yaml", at: place,
                    hint: "write the values that it takes there, with what they mean"))
        }
        return found + (try templateFiles(in: folder.appending("templates"), depth: 0))
    }

    // MARK: Chart.yaml

    private func addresses() -> [Finding] {
        let single = ["icon", "home"].compactMap { key in metadata[key].map { (key, $0) } }
        let listed = (metadata["sources"]?.items ?? []).map { ("sources", $0) }
        return (single + listed).compactMap { key, value in
            guard let text = value.string, !text.isEmpty, !Self.isAddress(text) else { return nil }
            return Finding(
                .chartMetadata, "\"\(text)\" under \(key) is no address", at: value.origin,
                hint: "write it as https://…")
        }
    }

    private static func isAddress(_ text: String) -> Bool {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), colon != text.startIndex else { return false }
        return text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }

    private func maintainers() -> [Finding] {
        (metadata["maintainers"]?.items ?? []).compactMap { item in
            func refuse(_ message: String, _ hint: String) -> Finding {
                Finding(.chartMetadata, message, at: item.origin, hint: hint)
            }
            guard let name = item["name"]?.scalar?.text, !name.isEmpty else {
                return refuse("a maintainer has no name", "give each a name, and an email or a url")
            }
            if let email = item["email"]?.string, !email.isEmpty, !Self.isEmail(email) {
                return refuse("\"\(email)\" of the maintainer \(name) is no email address", "write it as name@host")
            }
            if let url = item["url"]?.string, !url.isEmpty, !Self.isAddress(url) {
                return refuse("\"\(url)\" of the maintainer \(name) is no address", "write it as https://…")
            }
            return nil
        }
    }

    private static func isEmail(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty && !$0.utf8.contains(0x20) }
    }

    /// What charts of the first form cannot say.
    private func firstForm() -> [Finding] {
        guard text("apiVersion") == "v1" else { return [] }
        return ["type", "dependencies"].compactMap { key in
            guard let value = metadata[key], !value.isNull else { return nil }
            return Finding(
                .chartMetadata, "\(key) has no meaning in a chart of apiVersion v1", at: value.origin,
                hint: key == "type" ? "write apiVersion: v2" : "write apiVersion: v2, or move them to requirements.yaml"
            )
        }
    }

    // MARK: Files

    private func templateFiles(in folder: TreePath, depth: Int) throws(Problem) -> [Finding] {
        guard depth < 16, try tree.kind(of: folder, for: .none) == .folder else { return [] }
        var found: [Finding] = []
        for entry in try tree.entries(of: folder, for: .none) {
            let path = folder.appending(entry.name)
            if entry.kind == .folder { found += try templateFiles(in: path, depth: depth + 1) }
            guard entry.kind == .file, !entry.name.hasPrefix("."),
                ![".yaml", ".yml", ".tpl", ".txt"].contains(where: entry.name.hasSuffix)
            else { continue }
            found.append(
                Finding(
                    .chartTemplateFile, "\(entry.name) is rendered as a template, and its name is none of one",
                    at: Origin(tree.sourceFile(path), line: 1, column: 1),
                    hint: "name it .yaml, .tpl or .txt, or move it out of templates/"))
        }
        return found
    }
}
