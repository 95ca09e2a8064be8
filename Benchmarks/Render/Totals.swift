import Document
import FileTree
import Glibc
import Kustomize
import Render
import System

/// Renders many folders after one another in this process.
struct Totals {
    /// The kustomizations of a folder of cases: each case itself, its `src`, or what its `meta.json` calls `entry`.
    static func cases(in folder: String) throws -> [String] {
        try Files.names(in: folder).compactMap { name in
            let path = "\(folder)/\(name)"
            var entry = "src"
            if let text = try? Files.read("\(path)/meta.json"),
                let meta = try? JSON.parse(text, file: SourceFile("meta.json"))
            {
                entry = meta["entry"]?.string ?? entry
            }
            return ["\(path)/\(entry)", path].first { folder in
                Kustomization.fileNames.contains { Files.exists("\(folder)/\($0)") }
            }
        }
    }

    /// The bytes of a rendering; nil where there is none.
    static func render(_ folder: String) throws -> [UInt8]? {
        let tree = try DirectoryTree("/")
        guard let path = TreePath(String(folder.dropFirst())) else { return nil }
        guard let objects = try? LooseRendering.objects(of: path, in: tree) else { return nil }
        return YAML.emit(objects)
    }

    /// A folder's files in memory, by their paths in it: what a rendering costs without the disk.
    static func memory(_ folder: String) throws -> MemoryTree {
        var files: [String: String] = [:]
        func load(_ path: String) throws {
            for name in try Files.names(in: "\(folder)/\(path)") {
                let inner = path.isEmpty ? name : "\(path)/\(name)"
                var status = stat()
                guard stat("\(folder)/\(inner)", &status) == 0 else { continue }
                if status.st_mode & S_IFMT == S_IFDIR {
                    try load(inner)
                } else {
                    files[inner] = try Files.text("\(folder)/\(inner)", limit: 64 << 20)
                }
            }
        }
        try load("")
        return MemoryTree(files)
    }
}
