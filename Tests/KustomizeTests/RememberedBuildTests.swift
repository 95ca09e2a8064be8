import Document
import FileTree
import Kustomize
import TestSupport
import Testing

/// A build that knows what earlier ones did gives what it would give without: the same values from the same places, or
/// the same refusal.
@Suite struct RememberedBuildTests {
    /// What came of a build.
    private enum Outcome: CustomStringConvertible {
        case objects([Value])
        case refusal(String)

        init(_ test: OverlayCase, _ memory: ParsedFiles?) {
            do throws(Problem) {
                let entry = TreePath(test.entry) ?? .root
                self = .objects(try Kustomize.build(entry, in: MemoryTree(test.files), memory: memory))
            } catch {
                self = .refusal(error.description)
            }
        }

        var description: String {
            switch self {
            case .objects(let objects): String(decoding: YAML.emit(objects), as: UTF8.self)
            case .refusal(let text): text
            }
        }

        func isSame(as other: Outcome) -> Bool {
            switch (self, other) {
            case (.objects(let left), .objects(let right)):
                left.count == right.count && zip(left, right).allSatisfy { $0.isIdentical(to: $1) }
            case (.refusal(let left), .refusal(let right)): left == right
            default: false
            }
        }
    }

    /// Edits of any file, one of which changes nearly every one.
    private static let edits = [
        ("web", "shop"), ("1.25", "1.26"), ("plain", "fancy"), ("name: ", "name:  "), ("blue", "green"), ("2", "3"),
        ("resources:", "# moved\nresources:"), ("kind: Service", "kind: Job"), ("settings", "choices"), ("a", "ab"),
    ]

    /// A case with one edit of one file of it; nil where the edit changes nothing.
    private static func edited(_ test: OverlayCase, _ path: String, _ edit: (String, String)) -> OverlayCase? {
        guard let text = test.files[path], text.contains(edit.0) else { return nil }
        var changed = test
        changed.files[path] = text.replacing(edit.0, with: edit.1)
        return changed
    }

    @Test(arguments: OverlayCase.every.indices)
    func `comes to the same as a build that knows nothing`(index: Int) {
        // Its neighbours have files of the same names.
        let memory = ParsedFiles()
        _ = Outcome(OverlayCase.every[(index + 1) % OverlayCase.every.count], memory)
        let test = OverlayCase.every[index]
        let plain = Outcome(test, nil)
        #expect(Outcome(test, memory).isSame(as: plain), "\(test.name)")
        for path in test.files.keys.sorted() {
            for edit in Self.edits {
                guard let changed = Self.edited(test, path, edit) else { continue }
                let (warm, cold) = (Outcome(changed, memory), Outcome(changed, nil))
                #expect(warm.isSame(as: cold), "\(test.name): \(edit) in \(path)\n\(warm)\nshould be\n\(cold)")
            }
            #expect(Outcome(test, memory).isSame(as: plain), "\(test.name) after edits of \(path)")
        }
    }

    private func layered(_ count: Int, note: String = "one") -> OverlayCase {
        var files = [
            "base/kustomization.yaml": "resources: [" + (0..<count).map { "\($0).yaml" }.joined(separator: ", ")
                + "]\n",
            "overlay/kustomization.yaml": """
            resources: [../base]
            namespace: measured
            namePrefix: blue-
            commonLabels: {team: delta}
            images: [{name: nginx, newTag: "2"}]
            patches:
            - target: {kind: ConfigMap, name: part-.*}
              patch: '[{op: add, path: /data/more, value: x}]'
            - patch: "{apiVersion: v1, kind: ConfigMap, metadata: {name: part-0}, data: {first: y}}"
            """,
        ]
        for index in 0..<count {
            files["base/\(index).yaml"] =
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: part-\(index)}, data: {number: \"\(index)\"}}\n"
        }
        files["base/1.yaml"]? += "# \(note)\n"
        return OverlayCase(name: "layered", files: files)
    }

    /// Where the objects' mappings are in memory.
    private func places(_ test: OverlayCase, _ memory: ParsedFiles) throws -> [UInt] {
        try Kustomize.build(try #require(TreePath(test.entry)), in: MemoryTree(test.files), memory: memory)
            .map { try #require($0.fields).place }
    }

    @Test func `makes again only what has changed`() throws {
        let memory = ParsedFiles()
        let first = try places(layered(5), memory)
        #expect(Set(first).count == 5)
        #expect(try places(layered(5), memory) == first)
        let second = try places(layered(5, note: "two"), memory)
        #expect(zip(first, second).map(==) == [true, false, true, true, true])
    }

    @Test func `counts what objects grow by as often as it is made`() throws {
        // Each half would fit, and both together do not, whether or not the first half is known.
        let text = String(repeating: "x", count: 1 << 12)
        func test(_ names: [String]) -> OverlayCase {
            var files = [
                "overlay/kustomization.yaml": "resources: [\(names.map { "\($0).yaml" }.joined(separator: ","))]\n"
            ]
            for name in names {
                files["overlay/\(name).yaml"] = "{apiVersion: v1, kind: ConfigMap, metadata: {name: \(name)}}\n"
            }
            files["overlay/kustomization.yaml"]? += "commonAnnotations: {note: \(text)}\n"
            return OverlayCase(name: "growing", files: files)
        }
        var options = Kustomize.Options()
        options.growth = 6 << 10
        let memory = ParsedFiles()
        func build(_ names: [String], _ memory: ParsedFiles?) -> String {
            do throws(Problem) {
                let tree = MemoryTree(test(names).files)
                return
                    "\(try Kustomize.build(TreePath("overlay") ?? .root, in: tree, options: options, memory: memory).count)"
            } catch {
                return error.description
            }
        }
        #expect(build(["a"], memory) == "1")
        #expect(build(["a"], memory) == "1")
        #expect(build(["a", "b"], nil).contains("grow beyond"))
        #expect(build(["a", "b"], memory) == build(["a", "b"], nil))
        #expect(build(["a", "b"], memory) == build(["a", "b"], nil))
    }
}
