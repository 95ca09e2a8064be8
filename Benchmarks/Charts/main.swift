import BenchSupport
import Document
import Glibc
import System

// Measures how charts are rendered: `make bench-charts`.
//
//   ChartBench [--belay PATH] [--peer helm] [--runs N] [--work DIR] [--only PART] [--list yes] [FOLDER…]
//   ChartBench --profile ROUNDS [--cores all] FOLDER…   renders in this process alone, for profilers
//   ChartBench --same yes FOLDER…              renders everything twice and compares
//   ChartBench --write DIR FOLDER…             writes what is rendered, a file each
//
// All charts beneath the folders are measured; without a folder, charts made up for this. PART is `processes` or `service`.

var options: [String: String] = [:]
var folders: [String] = []
var rest = CommandLine.arguments.dropFirst()
while let word = rest.popFirst() {
    if word.hasPrefix("--"), let value = rest.popFirst() {
        options[String(word.dropFirst(2))] = value
    } else {
        folders.append(word)
    }
}
let work = options["work"] ?? "/tmp/belay-bench-charts"
let runs = max(1, options["runs"].flatMap { Int($0) } ?? 3)
try Files.makeFolders(work)
if folders.isEmpty { folders = ["sample-repo/charts", try ChartInputs(root: "\(work)/inputs").make()] }
let cases = try folders.flatMap { folder in
    guard let path = realpath(folder, nil) else { throw SystemError(errno, call: "open", subject: folder) }
    defer { free(path) }
    return try ChartCase.all(in: String(cString: path))
}
guard !cases.isEmpty else { throw Problem("there are no charts in \(folders.joined(separator: ", "))") }

if let rounds = options["profile"].flatMap({ Int($0) }) {
    for _ in 0..<rounds {
        var bytes = 0
        var time = 0.0
        let work = Measure.workOfAll {
            time = Measure.time {
                let parts = inParts(of: cases.count, atLeast: options["cores"] == nil ? cases.count : 1) { part in
                    cases[part].reduce(0) { $0 + ((try? $1.text())??.utf8.count ?? 0) }
                }
                bytes = parts.reduce(0, +)
            }
        }
        let memory = Measure.residentPeak.rounded(1)
        print(
            "\(cases.count) renderings, \(bytes) bytes: \(time.rounded(1)) ms, work \(work.rounded(1)) ms, \(memory) MiB"
        )
    }
} else if let folder = options["write"] {
    try Files.makeFolders(folder)
    for item in cases {
        let name = item.name.split(separator: "/").joined(separator: "+")
        try Files.replace("\(folder)/\(name)", with: Array((try item.text() ?? "").utf8))
    }
} else if options["same"] != nil {
    var different = 0
    for item in cases where try item.text() != item.text() {
        print("\(item.name) gives another text the second time")
        different += 1
    }
    print("\(cases.count - different) of \(cases.count) give the same text twice")
    exit(different == 0 ? 0 : 1)
} else {
    let listsAll = options["list"] != nil
    if options["only"] != "service" {
        let processes = Processes(
            belay: options["belay"] ?? ".build/release/belay", peer: options["peer"], runs: runs,
            output: "\(work)/output")
        try processes.run(cases, listsAll: listsAll)
    }
    if options["only"] != "processes" {
        try Service(folder: "\(work)/repository", runs: 20).run(cases, listsAll: listsAll)
    }
}
