import BenchSupport
import Document
import FileTree
import Glibc
import Kustomize
import Render
import System

/// Everything that is measured, as rows of a table.
struct Report {
    let belay: String
    let peer: String
    let runs: Int
    let work: String

    /// - Parameter part: `inputs`, `cases`, `growth` or `warm`; nil runs all.
    func run(cases: String?, only part: String?) throws {
        let inputs = Inputs(root: work)
        try Files.makeFolders(work)
        if part == nil || part == "inputs" { try compare(inputs) }
        if let cases, part == nil || part == "cases" { try totals(cases) }
        if part == nil || part == "growth" { try growth(inputs) }
        if part == nil || part == "warm" { try Warm(inputs: inputs, runs: max(runs, 9)).run() }
    }

    private func compare(_ inputs: Inputs) throws {
        print("| input | peer | belay | times as fast | of its work | peer MiB | belay MiB |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        try beside("1,000 objects, 250 files, base and overlay", try inputs.layered(objects: 1_000), peerRuns: runs)
        try beside("5,000 ConfigMaps in one file", try inputs.oneFile(objects: 5_000), peerRuns: 1)
        try beside("5,000 ConfigMaps in 5,000 files", try inputs.files(5_000), peerRuns: 1)
        try beside("1,000 generated ConfigMaps", try inputs.generated(1_000), peerRuns: runs)
        print("")
    }

    private func command(_ folder: String, isPeer: Bool) -> [String] {
        isPeer ? [peer, "kustomize", folder] : [belay, "render", folder]
    }

    /// One input, with both renderers in turn.
    private func beside(_ name: String, _ folder: String, peerRuns: Int) throws {
        let ours = try Measure.command(command(folder, isPeer: false), runs: max(runs, 9), output: "\(work)/ours")
        let theirs = try Measure.command(command(folder, isPeer: true), runs: peerRuns, output: "\(work)/theirs")
        let isSame = try Files.read("\(work)/ours") == Files.read("\(work)/theirs")
        row(name + (isSame ? "" : " (the outputs differ)"), theirs, ours)
    }

    private func row(_ name: String, _ peer: Sample, _ belay: Sample) {
        print(
            "| \(name) | \(peer.median.rounded(1)) ms | \(belay.median.rounded(1)) ms "
                + "| \((peer.median / belay.median).rounded(1)) | \((peer.work / belay.work).rounded(1)) "
                + "| \(peer.memory.rounded(0)) | \(belay.memory.rounded(0)) |")
    }

    /// All kustomizations of a folder: a process each, and all in one.
    private func totals(_ folder: String) throws {
        let cases = try Totals.cases(in: folder)
        var (ours, theirs) = (Sample(), Sample())
        for path in cases {
            let our = try Measure.command(command(path, isPeer: false), runs: 3, output: "\(work)/ours")
            let their = try Measure.command(command(path, isPeer: true), runs: 1, output: "\(work)/theirs")
            ours.add(our)
            theirs.add(their)
        }
        row("\(cases.count) overlays, a process each", theirs, ours)
        var inOne = Sample(memory: Measure.residentPeak)
        inOne.median = try Measure.median(of: runs) { for path in cases { _ = try Totals.render(path) } }
        inOne.work = try Measure.work { for path in cases { _ = try Totals.render(path) } }
        inOne.memory = Measure.residentPeak
        row("\(cases.count) overlays, in one process", theirs, inOne)
        print("")
    }

    /// How time grows with the number of objects.
    private func growth(_ inputs: Inputs) throws {
        var points: [(Double, Double)] = []
        print("| objects | belay | MiB |")
        print("| --- | --- | --- |")
        for count in [100, 1_000, 10_000, 50_000] {
            let words = command(try inputs.layered(objects: count), isPeer: false)
            let sample = try Measure.command(words, runs: count > 1_000 ? 3 : 9, output: "\(work)/ours")
            points.append((log(Double(count)), log(sample.median)))
            print("| \(count) | \(sample.median.rounded(1)) ms | \(sample.memory.rounded(0)) |")
        }
        let steps = zip(points, points.dropFirst()).map { ($1.1 - $0.1) / ($1.0 - $0.0) }
        let whole = (points[3].1 - points[0].1) / (points[3].0 - points[0].0)
        print("\nexponents from step to step \(steps.map { $0.rounded(2) }), over all \(whole.rounded(2))")
    }
}
