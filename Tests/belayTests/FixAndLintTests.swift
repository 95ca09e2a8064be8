import Document
import Foundation
import System
import TestSupport
import Testing

@testable import belay

/// What `belay fix` and `belay lint` print, and what they leave on the disk.
@Suite struct FixAndLintTests {
    @Test(arguments: [
        ("a\nb\nc\n", "a\nB\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"),
        ("", "a\n", "@@ -0,0 +1 @@\n+a\n"), ("a\n", "", "@@ -1 +0,0 @@\n-a\n"),
        ("a", "a\n", "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"), ("a\n", "a\n", ""),
        (
            "1\n2\n3\n4\n5\n6\n7\n8\n9\nx\n", "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\ny\n",
            "@@ -1,3 +1,4 @@\n+0\n 1\n 2\n 3\n@@ -7,4 +8,4 @@\n 7\n 8\n 9\n-x\n+y\n"
        ),
    ])
    func `differences read as diff -u writes them`(old: String, new: String, hunks: String) {
        let diff = UnifiedDiff(name: "f", old: Array(old.utf8), new: Array(new.utf8)).text
        #expect(diff == (hunks.isEmpty ? "" : "--- a/f\n+++ b/f\n" + hunks))
    }

    @Test func `a diff can be applied`() throws {
        let folder = try TemporaryFolder()
        var lines = (0..<200).map { "line \($0 % 17)" }
        let old = lines.joined(separator: "\n")
        for index in stride(from: 3, to: 190, by: 23) { lines[index] = "new \(index)" }
        lines.insert("between", at: 90)
        lines.removeLast()
        let new = lines.joined(separator: "\n") + "\n"
        let file = folder.path + "/f"
        try Files.replace(file, with: Array(old.utf8))
        let diff = UnifiedDiff(name: "f", old: Array(old.utf8), new: Array(new.utf8)).text
        try Files.replace(folder.path + "/diff", with: Array(diff.utf8))
        _ = try runProgram(["git", "-C", folder.path, "apply", "diff"])
        #expect(try Files.text(file) == new)
    }

    @Test func `several files are replaced, or none`() throws {
        let folder = try TemporaryFolder()
        let (one, two) = (folder.path + "/one", folder.path + "/two")
        try Files.replace(one, with: Array("1".utf8), mode: 0o640)
        #expect(throws: SystemError.self) {
            try Files.replaceAll([(one, Array("2".utf8)), (two, Array("2".utf8))])
        }
        #expect(try Files.text(one) == "1")
        #expect(try Files.names(in: folder.path) == ["one"])
        try FileManager.default.createSymbolicLink(atPath: two, withDestinationPath: "one")
        try Files.replaceAll([(two, Array("3".utf8))])
        #expect(try Files.text(one) == "3")
        #expect(try FileManager.default.attributesOfItem(atPath: one)[.posixPermissions] as? Int == 0o640)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: two) == "one")
    }

    @Test(arguments: [
        (LintRule.Severity.info, false, false), (.warning, false, true), (.error, true, true),
    ])
    func `errors fail, and warnings when asked`(severity: LintRule.Severity, fails: Bool, failsStrictly: Bool) {
        let rule = LintRule("some-rule", severity, "Something")
        let finding = Finding(rule, "this", at: Origin(SourceFile("a.yaml"), line: 2, column: 3), hint: "that")
        let report = LintReport(findings: [finding], level: .warning)
        #expect(report.fails(isStrict: false) == fails)
        #expect(report.fails(isStrict: true) == failsStrictly)
        let terminal = Terminal(hasColour: false, isInteractive: false)
        let text = report.text(terminal)
        #expect(text.contains("a.yaml:2:3: \(severity): this [some-rule]\n  hint: that\n") == (severity != .info))
        #expect(text.contains("not shown") == (severity == .info))
    }

    @Test func `paths are named from here`() {
        let here = FileManager.default.currentDirectoryPath
        let paths = ShownPaths(root: here)
        #expect(paths.name("a/b.yaml") == "a/b.yaml")
        #expect(ShownPaths(root: here + "/sub").name("b.yaml") == "sub/b.yaml")
        #expect(ShownPaths(root: "/").name("/nowhere/near/here/x.yaml").hasSuffix("nowhere/near/here/x.yaml"))
    }
}
