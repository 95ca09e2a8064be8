extension LaunchStep {
    /// The numbers of Sources/Shim/plan.h.
    enum Code: UInt32, CaseIterable {
        case folder = 1, log, clone, outOfMemoryFile, terminal
        case attach = 16, join, enter, unshare, privateMounts, root, fileSystem, bind, node, link, makeFolder, mask
        case readOnly, readOnlyRoot, pivot, hostname, sysctl, outOfMemoryScore, limit, keyring, console, workingFolder
        case user, bounding, seccomp, identity, capabilities, noNewPrivileges, deathSignal, loopback, keepNamespace
        case execute
    }

    /// Writes the step's arguments and answers its code.
    func write(to writer: inout PlanWriter) -> Code {
        writeToShim(&writer) ?? writeFileSystem(&writer) ?? writeNamespace(&writer) ?? writeProcess(&writer) ?? bare
    }

    private func writeToShim(_ writer: inout PlanWriter) -> Code? {
        switch self {
        case .folder(let path):
            writer.text(path)
            return .folder
        case .log(let path, let maximumSize, let files):
            writer.text(path)
            writer.number(maximumSize)
            writer.number(files)
            return .log
        case .clone(let namespaces, let cgroup):
            writer.number(namespaces)
            writer.text(cgroup)
            return .clone
        case .outOfMemoryFile(let path):
            writer.text(path)
            return .outOfMemoryFile
        default: return nil
        }
    }

    private func writeFileSystem(_ writer: inout PlanWriter) -> Code? {
        switch self {
        case .root(let place, let upper, let work, let attributes, let layers):
            writer.text(place)
            writer.text(upper)
            writer.text(work)
            writer.number(attributes.rawValue)
            writer.texts(layers)
            return .root
        case .fileSystem(let mount):
            mount.write(to: &writer)
            return .fileSystem
        case .bind(let source, let target, let attributes, let flags):
            writer.text(source)
            writer.text(target)
            writer.number(attributes.rawValue)
            writer.number(flags.rawValue)
            return .bind
        case .node(let path, let mode, let major, let minor):
            writer.text(path)
            writer.number(mode)
            writer.number(major)
            writer.number(minor)
            return .node
        case .link(let path, let destination):
            writer.text(path)
            writer.text(destination)
            return .link
        case .makeFolder(let path, let mode):
            writer.text(path)
            writer.number(mode)
            return .makeFolder
        case .mask(let path):
            writer.text(path)
            return .mask
        case .readOnly(let path):
            writer.text(path)
            return .readOnly
        default: return nil
        }
    }

    private func writeNamespace(_ writer: inout PlanWriter) -> Code? {
        switch self {
        case .attach(let path):
            writer.text(path)
            return .attach
        case .join(let path, let kind):
            writer.text(path)
            writer.number(kind)
            return .join
        case .enter(let kinds):
            writer.number(kinds)
            return .enter
        case .unshare(let kinds):
            writer.number(kinds)
            return .unshare
        case .hostname(let name):
            writer.text(name)
            return .hostname
        case .sysctl(let path, let value):
            writer.text(path)
            writer.text(value)
            return .sysctl
        case .keepNamespace(let name, let path):
            writer.text(name)
            writer.text(path)
            return .keepNamespace
        default: return nil
        }
    }

    private func writeProcess(_ writer: inout PlanWriter) -> Code? {
        switch self {
        case .outOfMemoryScore(let score):
            writer.number(score)
            return .outOfMemoryScore
        case .limit(let resource, let soft, let hard):
            writer.number(resource)
            writer.number(soft)
            writer.number(hard)
            return .limit
        case .keyring(let name):
            writer.text(name)
            return .keyring
        case .console(let columns, let rows):
            writer.number(columns)
            writer.number(rows)
            return .console
        case .workingFolder(let path):
            writer.text(path)
            return .workingFolder
        case .user(let user):
            user.write(to: &writer)
            return .user
        case .bounding(let set):
            writer.number(set)
            return .bounding
        case .seccomp(let program):
            writer.blob(program)
            return .seccomp
        case .capabilities(let set):
            writer.number(set)
            return .capabilities
        case .execute(let arguments, let environment):
            writer.texts(arguments)
            writer.texts(environment)
            return .execute
        default: return nil
        }
    }

    /// The code of a step without arguments.
    private var bare: Code {
        switch self {
        case .terminal: return .terminal
        case .readOnlyRoot: return .readOnlyRoot
        case .pivot: return .pivot
        case .identity: return .identity
        case .noNewPrivileges: return .noNewPrivileges
        case .deathSignal: return .deathSignal
        case .loopback: return .loopback
        // The rest was written before this is called.
        default: return .privateMounts
        }
    }
}

extension LaunchStep {
    /// Reads a step's arguments.
    init(_ code: Code, from reader: inout PlanReader) throws(LaunchPlanFault) {
        switch code {
        case .folder: self = .folder(try reader.text())
        case .log:
            self = .log(
                path: try reader.text(), maximumSize: Int(truncatingIfNeeded: try reader.number()),
                files: Int(truncatingIfNeeded: try reader.number()))
        case .clone: self = .clone(namespaces: try reader.number(), cgroup: try reader.text())
        case .outOfMemoryFile: self = .outOfMemoryFile(try reader.text())
        case .terminal: self = .terminal
        case .attach: self = .attach(try reader.text())
        case .join: self = .join(try reader.text(), kind: try reader.number())
        case .enter: self = .enter(kinds: try reader.number())
        case .unshare: self = .unshare(kinds: try reader.number())
        case .privateMounts: self = .privateMounts
        case .root:
            self = .root(
                place: try reader.text(), upper: try reader.text(), work: try reader.text(),
                attributes: MountAttributes(rawValue: try reader.number()), layers: try reader.texts())
        case .fileSystem: self = .fileSystem(try FileSystemMount(from: &reader))
        case .bind:
            self = .bind(
                source: try reader.text(), target: try reader.text(),
                attributes: MountAttributes(rawValue: try reader.number()),
                flags: TargetFlags(rawValue: try reader.number()))
        case .node:
            self = .node(
                path: try reader.text(), mode: try reader.small(), major: try reader.small(), minor: try reader.small())
        case .link: self = .link(path: try reader.text(), destination: try reader.text())
        case .makeFolder: self = .makeFolder(try reader.text(), mode: try reader.small())
        case .mask: self = .mask(try reader.text())
        case .readOnly: self = .readOnly(try reader.text())
        case .readOnlyRoot: self = .readOnlyRoot
        case .pivot: self = .pivot
        default: self = try Self.process(code, from: &reader)
        }
    }

    private static func process(_ code: Code, from reader: inout PlanReader) throws(LaunchPlanFault) -> LaunchStep {
        switch code {
        case .hostname: return .hostname(try reader.text())
        case .sysctl: return .sysctl(try reader.text(), value: try reader.text())
        case .outOfMemoryScore: return .outOfMemoryScore(Int(truncatingIfNeeded: try reader.number()))
        case .limit:
            return .limit(resource: try reader.small(), soft: try reader.number(), hard: try reader.number())
        case .keyring: return .keyring(try reader.text())
        case .console:
            return .console(
                columns: UInt16(truncatingIfNeeded: try reader.number()),
                rows: UInt16(truncatingIfNeeded: try reader.number()))
        case .workingFolder: return .workingFolder(try reader.text())
        case .user: return .user(try UserSpec(from: &reader))
        case .bounding: return .bounding(try reader.number())
        case .seccomp: return .seccomp(try reader.blob())
        case .identity: return .identity
        case .capabilities: return .capabilities(try reader.number())
        case .noNewPrivileges: return .noNewPrivileges
        case .deathSignal: return .deathSignal
        case .loopback: return .loopback
        case .keepNamespace: return .keepNamespace(try reader.text(), path: try reader.text())
        case .execute: return .execute(arguments: try reader.texts(), environment: try reader.texts())
        default: throw .unknownStep(code.rawValue)
        }
    }
}

extension FileSystemMount {
    func write(to writer: inout PlanWriter) {
        writer.text(type)
        writer.text(target)
        writer.number(attributes.rawValue)
        writer.number(flags.rawValue)
        writer.number(options.count)
        for option in options {
            writer.text(option.name)
            writer.text(option.value)
        }
    }

    init(from reader: inout PlanReader) throws(LaunchPlanFault) {
        type = try reader.text()
        target = try reader.text()
        attributes = MountAttributes(rawValue: try reader.number())
        flags = TargetFlags(rawValue: try reader.number())
        let count = try reader.number()
        guard count <= 64 else { throw .malformed }
        options = []
        for _ in 0..<count { options.append(Option(name: try reader.text(), value: try reader.text())) }
    }
}

extension UserSpec {
    func write(to writer: inout PlanWriter) {
        switch self {
        case .ids(let user, let group, let additional): write(0, "", user, group, additional, to: &writer)
        case .named(let name, let additional): write(1, name, 0, 0, additional, to: &writer)
        }
    }

    private func write(
        _ isNamed: Int, _ name: String, _ user: UInt32, _ group: UInt32, _ additional: [UInt32],
        to writer: inout PlanWriter
    ) {
        writer.number(isNamed)
        writer.text(name)
        writer.number(user)
        writer.number(group)
        writer.number(additional.count)
        for group in additional { writer.number(group) }
    }

    init(from reader: inout PlanReader) throws(LaunchPlanFault) {
        let isNamed = try reader.number() == 1
        let (name, user, group) = (try reader.text(), try reader.small(), try reader.small())
        let count = try reader.number()
        guard count <= 256 else { throw .malformed }
        var additional: [UInt32] = []
        for _ in 0..<count { additional.append(try reader.small()) }
        self = isNamed ? .named(name, additional: additional) : .ids(user: user, group: group, additional: additional)
    }
}
