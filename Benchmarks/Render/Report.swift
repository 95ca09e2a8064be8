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

    mutating func run(cases: String?) throws {
        let inputs = Inputs(root: work)
        print("| input | peer | belay | times as fast | peer MiB | belay MiB |")
        print("| --- | --- | --- | --- | --- | --- |")
        try beside("1,000 objects, 250 files, base and overlay", try inputs.layered(objects: 1_000), peerRuns: runs)
        try beside("5,000 ConfigMaps in one file", try inputs.oneFile(objects: 5_000), peerRuns: 1)
        try beside("5,000 ConfigMaps in 5,000 files", try inputs.files(5_000), peerRuns: 1)
        try beside("1,000 generated ConfigMaps", try inputs.generated(1_000), peerRuns: runs)
        if let cases { try totals(cases) }
        print("")
        try growth(inputs)
        print("")
        try Warm(inputs: inputs, runs: max(runs, 9)).run()
    }

    private func command(_ folder: String, isPeer: Bool) -> [String] {
        isPeer ? [peer, "kustomize", folder] : [belay, "render", folder]
    }

    /// One input, with both renderers in turn.
    private func beside(_ name: String, _ folder: String, peerRuns: Int) throws {
        let ours = try Measure.command(command(folder, isPeer: false), runs: max(runs, 9), output: "\(work)/ours")
        let theirs = try Measure.command(command(folder, isPeer: true), runs: peerRuns, output: "\(work)/theirs")
        let isSame = try Files.read("\(work)/ours") == Files.read("\(work)/theirs")
        row(name + (isSame ? "" : " (the outputs differ)"), theirs.median, ours.median, theirs.memory, ours.memory)
    }

    private func row(_ name: String, _ peer: Double, _ belay: Double, _ peerMemory: Double, _ memory: Double) {
        print(
            "| \(name) | \(peer.rounded(1)) ms | \(belay.rounded(1)) ms | \((peer / belay).rounded(1)) "
                + "| \(peerMemory.rounded(0)) | \(memory.rounded(0)) |")
    }

    /// All kustomizations of a folder: a process each, and all in one.
    private func totals(_ folder: String) throws {
        let cases = try Totals.cases(in: folder)
        var (ours, theirs) = (Sample(median: 0, memory: 0, bytes: 0), Sample(median: 0, memory: 0, bytes: 0))
        for path in cases {
            let our = try Measure.command(command(path, isPeer: false), runs: 3, output: "\(work)/ours")
            let their = try Measure.command(command(path, isPeer: true), runs: 1, output: "\(work)/theirs")
            ours.median += our.median
            theirs.median += their.median
            ours.memory = max(ours.memory, our.memory)
            theirs.memory = max(theirs.memory, their.memory)
        }
        row("\(cases.count) overlays, a process each", theirs.median, ours.median, theirs.memory, ours.memory)
        let inOne = try Measure.median(of: runs) { for path in cases { _ = try Totals.render(path) } }
        row("\(cases.count) overlays, in one process", theirs.median, inOne, theirs.memory, Self.residentPeak)
    }

    private static var residentPeak: Double {
        var usage = rusage()
        _ = getrusage(RUSAGE_SELF.rawValue, &usage)
        return Double(usage.ru_maxrss) / 1024
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

extension Double {
    /// The number with so many digits behind the point.
    func rounded(_ digits: Int) -> String {
        let scale = pow(10, Double(digits))
        let value = (self * scale).rounded() / scale
        return digits == 0 ? String(Int(value)) : String(value)
    }
}
