import BenchSupport
import Glibc

/// Renders each chart in a process of its own, and all of them in this one.
struct Processes {
    let belay: String
    /// Helm, when it is there to be measured beside.
    let peer: String?
    let runs: Int
    let output: String

    func run(_ cases: [ChartCase], listsAll: Bool) throws {
        print("| renderings | wall, median | wall, all | work, median | work, all | RSS, median | RSS, most |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        let samples = try measure(cases) { $0.command(belay) }
        if listsAll {
            for (item, sample) in zip(cases, samples) { row(item.name, [sample]) }
        }
        row("\(cases.count), a process each", samples)
        if let peer {
            row("\(cases.count), \(peer), a process each", try measure(cases) { $0.command(peer, isPeer: true) })
        }
        var inOne: [Sample] = []
        for item in cases {
            var times: [Sample] = []
            for _ in 0..<runs {
                var sample = Sample()
                sample.median = try Measure.time { sample.work = try Measure.workOfAll { _ = try item.text() } }
                times.append(sample)
            }
            inOne.append(
                Sample(
                    median: times.map(\.median).sorted()[runs / 2], work: times.map(\.work).min() ?? 0,
                    memory: Measure.residentPeak))
        }
        row("\(cases.count), in one process", inOne)
    }

    private func measure(_ cases: [ChartCase], _ command: (ChartCase) -> [String]) throws -> [Sample] {
        try cases.map { try Measure.command(command($0), runs: runs, output: output) }
    }

    private func row(_ name: String, _ samples: [Sample]) {
        func middle(_ value: (Sample) -> Double) -> Double { samples.map(value).sorted()[samples.count / 2] }
        func sum(_ value: (Sample) -> Double) -> Double { samples.map(value).reduce(0, +) }
        let most = samples.map(\.memory).max() ?? 0
        print(
            "| \(name) | \(middle(\.median).rounded(1)) ms | \(sum(\.median).rounded(0)) ms "
                + "| \(middle(\.work).rounded(1)) ms | \(sum(\.work).rounded(0)) ms "
                + "| \(middle(\.memory).rounded(1)) MiB | \(most.rounded(1)) MiB |")
    }
}
