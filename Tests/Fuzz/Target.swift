import Document
import FileTree
import Glibc
import Helm
import Kustomize
import Render

/// What an input is fed to, and what must hold whatever the input.
enum FuzzTarget: String, CaseIterable {
    /// Overlays: the folder of the first `kustomization.yaml` is rendered.
    case render
    /// Charts: the folder of the first `Chart.yaml` is rendered, with what `:values` and `:set` say.
    case charts
    /// Datasets of all forms, and policies: see `ScrubTarget`.
    case scrub

    /// What came of an input.
    enum Outcome: Equatable {
        case rendered([Value], text: [UInt8])
        case refused(Problem)
    }

    /// Renders an input.
    func outcome(_ bundle: Bundle) -> Outcome {
        do throws(Problem) {
            switch self {
            case .render: return try overlay(bundle)
            case .charts: return try chart(bundle)
            case .scrub: throw Problem("datasets are no bundles of files", at: .none)
            }
        } catch {
            return .refused(error)
        }
    }

    /// Renders an input, and ends the process when it breaks a promise that holds for every input.
    func check(_ bytes: some Collection<UInt8>) {
        let start = clock()
        if self == .scrub { ScrubTarget.check(bytes) } else { promises(bytes) }
        // The processor's own time: on a machine that is busy, every input takes long by the clock on the wall.
        let seconds = Int(clock() - start) / Int(CLOCKS_PER_SEC)
        if seconds >= 10 { Self.fail("an input took \(seconds) s of the processor") }
    }

    private func promises(_ bytes: some Collection<UInt8>) {
        let bundle = Bundle(bytes)
        let outcome = outcome(bundle)
        switch outcome {
        case .refused(let problem): Self.check(problem, bundle)
        case .rendered(let objects, let text): Self.check(objects, text)
        }
        // Another rendering doubles the work: every fourth input gets one of the same, which finds what depends on
        // chance, and some one of a changed file.
        let sum = bytes.reduce(0) { $0 &+ Int($1) }
        if sum % 4 == 0, self.outcome(bundle) != outcome { Self.fail("the second rendering differs from the first") }
        if self == .render, sum % 4 == 1 { Self.follow(bundle, sum / 4) }
    }

    /// What is rendered by following the trail of an earlier rendering is what a rendering anew gives.
    ///
    /// - Parameter choice: which byte of which file changes, and to what.
    private static func follow(_ bundle: Bundle, _ choice: Int) {
        let memory = ParsedFiles()
        func trace(_ tree: any FileTree, _ memory: ParsedFiles?) -> (objects: [Value], trail: Kustomize.Trail?)? {
            let folder = bundle.folder(of: ["kustomization.yaml", "kustomization.yml", "Kustomization"])
            return try? Kustomize.trace(folder, in: tree, memory: memory)
        }
        let recording = RecordingTree(bundle.tree())
        guard let (objects, trail) = trace(recording, memory), var trail else { return }
        var changed = bundle
        let file = choice % changed.entries.count
        let length = changed.entries[file].content.count
        if length == 0 { return }
        let letters = Array("a1:-#\n \"".utf8)
        changed.entries[file].content[choice / 64 % length] = letters[choice % letters.count]
        let tree = changed.tree()
        guard let files = try? recording.readSet.changedFiles(in: tree, most: 8),
            let made = trail.follow(files, in: tree, memory: memory)
        else { return }
        var followed = objects
        for (position, object) in made { followed[position] = object }
        let anew = trace(tree, nil)?.objects ?? []
        if anew.count != followed.count || !zip(anew, followed).allSatisfy({ $0.isIdentical(to: $1) }) {
            fail(
                "what was followed is \(String(decoding: YAML.emit(followed), as: UTF8.self))\nand should be \(String(decoding: YAML.emit(anew), as: UTF8.self))"
            )
        }
    }

    private static func check(_ problem: Problem, _ bundle: Bundle) {
        if problem.message.isEmpty { fail("a problem without a message") }
        // Without a place, the message itself must say what it is about.
        let names = bundle.entries.map { TreePath($0.file)?.text ?? $0.file } + ["the folder"]
        if !problem.origin.isKnown, !names.contains(where: problem.message.contains) {
            fail("a problem without a file: \(problem)")
        }
        // Links and spellings let several entries stand for one path, so the longest one counts.
        let lines = bundle.entries.map { $0.content.count { $0 == 0x0A || $0 == 0x0D || $0 == 0xC2 || $0 == 0xE2 } }
        if problem.origin.line > (lines.max() ?? 0) + 2 {
            fail("a problem on a line that its file does not have: \(problem)")
        }
    }

    private static func check(_ objects: [Value], _ text: [UInt8]) {
        let limits = YAML.Limits(bytes: 1 << 30, nodes: 30_000_000, depth: 1000)
        do throws(Problem) {
            let again = try YAML.parse(text, file: SourceFile("output"), limits: limits, repeatedKeys: .refused)
            if again.count != objects.count { fail("\(objects.count) objects read back as \(again.count)") }
            for (object, other) in zip(objects, again) where !object.isWritten(as: other) {
                fail("an object reads back otherwise:\n\(YAML.text(object))\n---\n\(YAML.text(other))")
            }
        } catch {
            fail("what was written cannot be read: \(error)")
        }
    }

    static func fail(_ message: String) -> Never {
        fatalError(message)
    }

    // MARK: Overlays

    private func overlay(_ bundle: Bundle) throws(Problem) -> Outcome {
        let folder = bundle.folder(of: ["kustomization.yaml", "kustomization.yml", "Kustomization"])
        var options = Kustomize.Options()
        if let option = bundle.option(":options")?.first {
            options.order = option & 1 == 0 ? nil : option & 2 == 0 ? .legacy : Kustomize.Options.Order.none
            options.readsAnyFile = option & 4 != 0
        }
        let objects = try LooseRendering.objects(
            of: folder, in: bundle.tree(), for: Origin(SourceFile("command line")), options: options)
        return .rendered(objects, text: YAML.emit(objects))
    }

    // MARK: Charts

    private func chart(_ bundle: Bundle) throws(Problem) -> Outcome {
        let chart = try Chart.load(bundle.folder(of: ["Chart.yaml"]), in: bundle.tree())
        var values: [GivenValues.Source] = []
        if let bytes = bundle.option(":values") {
            values += try YAML.parse(bytes, file: SourceFile("values given")).prefix(1).map { .document($0) }
        }
        let ways: [SetLine.Way] = [.set, .string, .json, .literal]
        for line in bundle.option(":set")?.split(separator: 0x0A) ?? [] {
            values.append(.line(String(decoding: line, as: UTF8.self), ways[line.count % ways.count]))
        }
        let settings = HelmRender.Settings(release: "fuzz", includesCRDs: true)
        let objects = try HelmRender.render(chart, values: GivenValues(values), settings)
        return .rendered(objects, text: YAML.emit(objects))
    }
}

extension Bundle {
    /// The folder of the first file of one of these names; the root when there is none.
    fileprivate func folder(of names: [String]) -> TreePath {
        for entry in entries {
            guard let path = TreePath(entry.file), names.contains(path.name), !path.text.contains("!") else { continue }
            return path.parent ?? .root
        }
        return .root
    }
}

extension Value {
    /// Whether this value, written and read again, may be `other`: as equal as texts and numbers can be.
    fileprivate func isWritten(as other: Value) -> Bool {
        switch (content, other.content) {
        case (.scalar(let left), .scalar(let right)):
            left.means(right) || left.kind != .string && left.text == right.text
                || left.kind == .float && right.kind == .float && Double(left.text)?.isNaN == true
        case (.sequence(let left), .sequence(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isWritten(as: $1) }
        case (.mapping(let left), .mapping(let right)):
            left.count == right.count
                && left.entries.allSatisfy { right[$0.key.text].map($0.value.isWritten) ?? false }
        default: false
        }
    }
}
