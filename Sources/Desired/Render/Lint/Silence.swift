import Document
import FileTree

/// Comments that silence findings: `# belay:ignore RULE` on a line, or on the comment lines right above it.
struct Silence {
    private let tree: any FileTree
    private static let mark = "belay:ignore"

    init(_ tree: any FileTree) {
        self.tree = tree
    }

    func filtered(_ findings: [Finding]) -> [Finding] {
        var files: [SourceFile: [Int: Set<String>]] = [:]
        return findings.filter { finding in
            let origin = finding.problem.origin
            guard origin.isKnown else { return true }
            let ignored = files[origin.file] ?? ignoredRules(in: origin.file)
            files[origin.file] = ignored
            return ignored[Int(max(1, origin.line))]?.contains(finding.rule.name) != true
        }
    }

    /// The rules that are silenced on lines of a file, from 1.
    private func ignoredRules(in file: SourceFile) -> [Int: Set<String>] {
        guard let path = TreePath(file.path.drop { $0 == "/" }), let bytes = try? tree.read(path).bytes else {
            return [:]
        }
        return Self.ignoredRules(in: bytes)
    }

    static func ignoredRules(in bytes: [UInt8]) -> [Int: Set<String>] {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.contains(mark) else { return [:] }
        var ignored: [Int: Set<String>] = [:]
        var above: Set<String> = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let rules = self.rules(on: line)
            let content = line.drop { $0 == " " || $0 == "\t" }
            let all = rules.union(above)
            if !all.isEmpty { ignored[index + 1] = all }
            above = content.hasPrefix("#") || content.hasPrefix("{{/*") || content.hasPrefix("{{- /*") ? all : []
        }
        return ignored
    }

    private static func rules(on line: Substring) -> Set<String> {
        guard let range = line.firstRange(of: mark) else { return [] }
        let words = line[range.upperBound...].split { !$0.isLetter && $0 != "-" }
        return Set(words.map(String.init))
    }
}
