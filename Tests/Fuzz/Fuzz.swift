import FileTree
import Glibc
import System

/// `belay-fuzz TARGET [libFuzzer's arguments]` feeds a target until it is stopped; `belay-fuzz show FILE` prints what
/// comes of one input, `belay-fuzz pack FOLDER FILE` makes an input of a folder. `make fuzz-render` and `make fuzz-charts`
/// build and run it; docs/fuzzing.md tells how.
@main
enum Fuzz {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.count == 3, arguments.first == "show", let target = FuzzTarget(rawValue: arguments[2]) {
            return show(arguments[3], target)
        }
        if arguments.count == 3, arguments.first == "pack" {
            do { return try pack(arguments[2], into: arguments[3]) } catch {
                print(error)
                exit(1)
            }
        }
        guard let target = arguments.first.flatMap(FuzzTarget.init) else {
            print("usage: belay-fuzz render|charts|scrub [OPTION…] CORPUS | show TARGET FILE | pack FOLDER FILE")
            exit(2)
        }
        useAlternateStack()
        Fuzz.target = target
        run()
    }

    nonisolated(unsafe) static var target = FuzzTarget.render

    private static func show(_ path: String, _ target: FuzzTarget) {
        guard let bytes = try? Files.read(path) else { return print("\(path) cannot be read") }
        switch target.outcome(Bundle(bytes)) {
        case .refused(let problem): print(problem)
        case .rendered(_, let text): print(String(decoding: text, as: UTF8.self), terminator: "")
        }
    }

    /// Writes the files of a folder as one input, kustomizations and charts that lie near its top first.
    private static func pack(_ folder: String, into file: String) throws {
        let tree = try DirectoryTree(folder)
        var bundle = Bundle([])
        var open = [TreePath.root]
        while let folder = open.popLast() {
            for entry in try tree.entries(of: folder) {
                let path = folder.appending(entry.name)
                if entry.kind == .folder { open.insert(path, at: 0) }
                guard entry.kind == .file else { continue }
                bundle.entries.append(.init(name: Array(path.text.utf8), content: try tree.read(path).bytes))
            }
        }
        try Files.replace(file, with: bundle.bytes)
    }

    /// libFuzzer's handlers run on a stack of their own, so that an overflow of the main one is told as what it is.
    private static func useAlternateStack() {
        let size = 1 << 18
        var stack = stack_t(ss_sp: malloc(size), ss_flags: 0, ss_size: size)
        sigaltstack(&stack, nil)
    }

    private static func run() {
        var count = CommandLine.argc - 1
        // The target's name takes the place of the program's.
        var values: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
        exit(
            runDriver(&count, &values) { data, size in
                Fuzz.target.check(UnsafeBufferPointer(start: data, count: size))
                return 0
            })
    }
}

private typealias Callback = @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ values: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>, _ body: Callback
) -> CInt
