import Document
import Helm
import System

/// The values that a command line gives a chart beside its own.
struct ChartValueFiles {
    let invocation: Invocation

    static let options = [
        Option(
            "values", short: "f", value: "FILE", repeats: true,
            "files of values, by commas; later ones count more; - is standard input"),
        Option("set", value: "KEY=VALUE,…", repeats: true, "values: a.b=1,list[0]=x,names={x,y},gone=null"),
        Option("set-string", value: "KEY=VALUE,…", repeats: true, "values that are texts"),
        Option("set-json", value: "KEY=JSON,…", repeats: true, "values that are JSON"),
        Option("set-file", value: "KEY=FILE,…", repeats: true, "values that are the contents of files"),
        Option("set-literal", value: "KEY=VALUE", repeats: true, "a value that is taken as it stands"),
    ].map { option in
        var option = option
        option.help = "chart: " + option.help
        return option
    }

    /// As Helm takes them, by commas.
    private var paths: [String] {
        invocation.values("values").flatMap { $0.split(separator: ",").map(String.init) }
    }

    /// What origins call the values.
    var names: Set<String> {
        Set(paths + ["standard input", "--set", "--set-string", "--set-json", "--set-file", "--set-literal"])
    }

    /// In Helm's order, whatever that of the options: files, then JSON, plain values, texts, files' contents, literals.
    func values() throws -> GivenValues {
        var sources: [GivenValues.Source] = []
        for path in paths {
            if path.hasPrefix("https://") || path.hasPrefix("http://") {
                throw UsageError("\(path) is not fetched: rendering uses no network", command: invocation.path)
            }
            let name = SourceFile(path == "-" ? "standard input" : path)
            let bytes = try AgeKeys(invocation).plain(try Self.content(path), of: name)
            sources += try YAML.parse(bytes, file: name, repeatedKeys: .lastCounts).prefix(1).map { .document($0) }
        }
        let ways: [(String, SetLine.Way)] = [
            ("set-json", .json), ("set", .set), ("set-string", .string), ("set-file", .file), ("set-literal", .literal),
        ]
        for (option, way) in ways { sources += invocation.values(option).map { .line($0, way) } }
        return GivenValues(sources) { (path) throws(Problem) in
            do {
                return try Self.content(path)
            } catch {
                throw Problem("--set-file: \(error)", hint: "paths are from the current folder")
            }
        }
    }

    private static func content(_ path: String) throws -> [UInt8] {
        path == "-"
            ? try Files.read(from: 0, named: "standard input", limit: 64 << 20)
            : try Files.read(path, limit: 64 << 20)
    }
}
