import Crypto
import Document
import Images

/// A stage as far as it was built.
struct StageState: Sendable {
    /// Lowest first.
    var layers: [Descriptor] = []
    /// The layers' tars' digests.
    var diffIDs: [Digest] = []
    var file: ImageConfigFile
    /// Over all that the stage depends on so far.
    var key: Digest
    var shell = ["/bin/sh", "-c"]
    /// ARGs of this stage, by name, in the order they were declared.
    var arguments: [(name: String, value: String)] = []

    var config: ImageConfig {
        get { file.config }
        set { file.config = newValue }
    }

    /// A stage on an image.
    init(base record: ImageRecord) {
        file = record.config
        layers = record.manifest.layers
        diffIDs = record.diffIDs
        key = record.digest
        if let shell = record.config.value[path: "config", "Shell"]?.strings, !shell.isEmpty { self.shell = shell }
    }

    /// A stage on nothing.
    init(platform: Platform) {
        file = ImageConfigFile(platform: platform)
        key = .sha256("scratch \(platform)")
    }

    /// A variable as instructions see it: the environment first, then arguments.
    func variable(_ name: String) -> String? {
        environment(name) ?? arguments.last { $0.name == name }?.value
    }

    func environment(_ name: String) -> String? {
        config.environment.last { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.utf8.count + 1)) }
    }

    mutating func setEnvironment(_ name: String, _ value: String) {
        var config = config
        if let place = config.environment.firstIndex(where: { $0.hasPrefix("\(name)=") }) {
            config.environment[place] = "\(name)=\(value)"
        } else {
            config.environment.append("\(name)=\(value)")
        }
        self.config = config
    }

    mutating func declare(_ name: String, _ value: String) {
        arguments.removeAll { $0.name == name }
        arguments.append((name, value))
    }

    /// A path as the working folder makes it absolute.
    func absolute(_ path: String) -> String {
        let folder = config.workingFolder.isEmpty ? "/" : config.workingFolder
        let clean = FolderPath.clean(FolderPath.join(folder, path))
        return path.hasSuffix("/") && clean != "/" ? clean + "/" : clean
    }

    /// Adds what a step made.
    mutating func add(_ entry: BuildCache.Entry, text: String, key: Digest) {
        if let layer = entry.layer {
            layers.append(layer)
            diffIDs.append(layer.digest)
            file.diffIDs = diffIDs
        }
        file.addHistory(text, created: entry.created, isEmptyLayer: entry.layer == nil)
        file.created = entry.created
        self.key = key
    }
}

/// The stages of a Dockerfile.
struct StagePlan: Sendable {
    /// From one FROM to the next.
    struct Stage: Sendable {
        var number: Int
        var name: String?
        var image: String
        var platform: String?
        var origin: Origin
        var instructions: [Instruction]
    }

    /// ARGs before the first FROM.
    var globals: [Instruction.Argument] = []
    var stages: [Stage] = []

    init(_ instructions: [Instruction]) throws(Problem) {
        for instruction in instructions {
            if case .from(let image, let platform, let name) = instruction.kind {
                if let name, stages.contains(where: { $0.name == name }) {
                    throw Problem("two stages are named \(name)", at: instruction.origin)
                }
                stages.append(
                    Stage(
                        number: stages.count, name: name, image: image, platform: platform, origin: instruction.origin,
                        instructions: []))
            } else if stages.isEmpty {
                if case .arg(let arguments) = instruction.kind { globals += arguments }
            } else {
                stages[stages.count - 1].instructions.append(instruction)
            }
        }
    }

    /// The stage before `number` that a COPY --from, or a FROM, names; by number only where `byNumber`.
    func stage(_ text: String, before number: Int, byNumber: Bool) -> Int? {
        let earlier = stages[..<number]
        if let found = earlier.last(where: { $0.name == text.lowercased() }) { return found.number }
        guard byNumber, let wanted = Int(text), earlier.indices.contains(wanted) else { return nil }
        return wanted
    }

    /// The stages that one stage needs, itself included, in the order to build them.
    func needed(for target: Int, _ base: (Stage) throws(Problem) -> String) throws(Problem) -> [Int] {
        var needed: Set<Int> = [target]
        for number in stages.indices.reversed() where needed.contains(number) {
            let stage = stages[number]
            if let base = self.stage(try base(stage), before: number, byNumber: false) { needed.insert(base) }
            for case .copy(let copy) in stage.instructions.map(\.kind) {
                if let from = copy.from, let source = self.stage(from, before: number, byNumber: true) {
                    needed.insert(source)
                }
            }
        }
        return needed.sorted()
    }
}
