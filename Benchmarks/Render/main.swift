import BenchSupport
import Document
import FileTree
import Glibc
import Kustomize
import Render
import System

// Measures `belay render` beside the original: `make bench-render`.
//
//   RenderBench --belay PATH [--peer kubectl] [--runs N] [--cases DIR] [--work DIR] [--only PART]
//   RenderBench --profile DIR PATH [--runs N]     renders PATH of the folder DIR from memory, for profilers

var options: [String: String] = [:]
var words: [String] = []
var rest = CommandLine.arguments.dropFirst()
while let word = rest.popFirst() {
    if word.hasPrefix("--"), let value = rest.popFirst() {
        options[String(word.dropFirst(2))] = value
    } else {
        words.append(word)
    }
}
let runs = options["runs"].flatMap { Int($0) } ?? 5

if let folder = options["profile"], let path = TreePath(words.first ?? "") {
    let tree = try Totals.memory(folder)
    for _ in 0..<runs {
        var bytes = 0
        var objects: [Value] = []
        let render = try Measure.work { objects = try LooseRendering.objects(of: path, in: tree) }
        let emit = Measure.work { bytes = YAML.emit(objects).count }
        print("\(bytes) bytes: rendered in \(render.rounded(1)) ms, written in \(emit.rounded(1)) ms")
    }
} else {
    let report = Report(
        belay: options["belay"] ?? ".build/release/belay", peer: options["peer"] ?? "kubectl", runs: runs,
        work: options["work"] ?? "/tmp/belay-bench-render")
    try report.run(cases: options["cases"], only: options["only"])
}
