/// A step of an OCI container's plan that other containers do not need (Sources/Shim/oci.h), and the field it comes from.
struct OCIStep: Sendable, Hashable {
    /// Attributes of a mount, as the shim takes them.
    struct TreeAttributes: Sendable, Hashable {
        var own = OCIMount.Attributes()
        var all = OCIMount.Attributes()
        var propagation: UInt64 = 0
        var propagatesAll = false
        /// The number of an id map plus one; 0 for none.
        var idMap = 0
        var mapsAll = false
    }

    enum Body: Sendable, Hashable {
        // Before the clone, in the machine's own view.
        /// A part of the machine's file system; by the container's process itself where that may open it, so that mounts
        /// are made in their order.
        case tree(source: String, isRecursive: Bool, TreeAttributes, isInside: Bool)
        case idMap(users: String, groups: String)
        case joinBefore(String, kind: UInt64)
        case enterBefore(kinds: UInt64)
        case timeOffsets(String)
        case ownIDs(users: String, groups: String, deniesGroups: Bool)
        case tasks(String)
        case preserve(Int)
        case score(Int)
        // By the container's process.
        case enterTasks
        case mapped
        case propagation(UInt64)
        /// A folder as the root; bound to itself, so that what is done to mounts can be done to it.
        case openRoot(String, isBound: Bool)
        case treeRoot(Int)
        case place(tree: Int, target: String, flags: UInt64)
        case mount(
            FileSystemMount, source: String, flags: UInt64, attributes: TreeAttributes, copiesUp: Bool)
        case device(OCILinux.Device)
        case hook(OCIHook, state: [UInt8])
        case reached
        case awaitStart
        /// Numbers, and the groups that are named and no other.
        case user(UInt32, group: UInt32, additional: [UInt32])
        case capabilitySets(OCIProcess.Capabilities, waits: Bool)
        case domainName(String)
        case ioPriority(UInt32)
        case scheduler(OCIProcess.Scheduler)
        case personality(UInt64)
        case umask(UInt32)
        case findProgram(String, path: String)
        case changeRoot
        case filter(flags: UInt64, program: [UInt8], state: [UInt8])
        case consoleDevice
        case label(String, String)
    }

    /// How a mount's target is found (`PLACE_…` in oci_mounts.c).
    enum PlaceFlags {
        static let strict: UInt64 = 1
        static let optional: UInt64 = 2
        static let inProc: UInt64 = 4
    }

    /// For errors: `mounts[2]`, `process.cwd`.
    var field: String
    var body: Body

    init(_ field: String, _ body: Body) {
        self.field = field
        self.body = body
    }

    /// What the step does, for errors.
    var name: String {
        switch body {
        case .tree(let source, _, _, _): "\(field): open \(source)"
        case .place(_, let target, _): "\(field): mount on \(target)"
        case .mount(let mount, _, _, _, _): "\(field): mount \(mount.type) on \(mount.target)"
        case .device(let device): "\(field): make \(device.node.path)"
        case .joinBefore(let path, _): "\(field): join \(path)"
        case .hook(let hook, _): "\(field): run \(hook.path)"
        default: field
        }
    }
}

extension OCIStep {
    /// The numbers of Sources/Shim/plan.h.
    enum Code: UInt32, CaseIterable {
        case tree = 6, idMap, joinBefore, enterBefore, timeOffsets, ownIDs, tasks, preserve, score
        case enterTasks = 48, mapped, propagation, treeRoot, place, mount, device, hook, reached, awaitStart
        case capabilitySets, domainName, ioPriority, scheduler, personality, umask, findProgram, changeRoot, filter
        case consoleDevice, label, openRoot, copyUp, treeInside
    }

    /// Writes the step's arguments and answers its code's number.
    func write(to writer: inout PlanWriter) -> UInt32 {
        if case .user(let user, let group, let additional) = body {
            writer.number(2)
            writer.text("")
            for number in [user, group, UInt32(additional.count)] + additional { writer.number(number) }
            return LaunchStep.Code.user.rawValue
        }
        return writeOwn(to: &writer).rawValue
    }

    private func writeOwn(to writer: inout PlanWriter) -> Code {
        writeBefore(&writer) ?? writeFileSystem(&writer) ?? writeProcess(&writer) ?? bare
    }

    private var bare: Code {
        switch body {
        case .enterTasks: .enterTasks
        case .mapped: .mapped
        case .reached: .reached
        case .awaitStart: .awaitStart
        case .changeRoot: .changeRoot
        // The rest was written before this is asked for.
        default: .consoleDevice
        }
    }

    private func writeBefore(_ writer: inout PlanWriter) -> Code? {
        switch body {
        case .tree(let source, let isRecursive, let attributes, let isInside):
            writer.text(source)
            writer.number(isRecursive ? 1 : 0)
            attributes.write(to: &writer)
            return isInside ? .treeInside : .tree
        case .idMap(let users, let groups):
            writer.text(users)
            writer.text(groups)
            return .idMap
        case .joinBefore(let path, let kind):
            writer.text(path)
            writer.number(kind)
            return .joinBefore
        case .enterBefore(let kinds):
            writer.number(kinds)
            return .enterBefore
        case .timeOffsets(let text):
            writer.text(text)
            return .timeOffsets
        case .ownIDs(let users, let groups, let deniesGroups):
            writer.text(users)
            writer.text(groups)
            writer.number(deniesGroups ? 1 : 0)
            return .ownIDs
        case .tasks(let path):
            writer.text(path)
            return .tasks
        case .preserve(let count):
            writer.number(count)
            return .preserve
        case .score(let score):
            writer.number(score)
            return .score
        default: return nil
        }
    }

    private func writeFileSystem(_ writer: inout PlanWriter) -> Code? {
        switch body {
        case .propagation(let flags):
            writer.number(flags)
            return .propagation
        case .openRoot(let path, let isBound):
            writer.text(path)
            writer.number(isBound ? 1 : 0)
            return .openRoot
        case .treeRoot(let tree):
            writer.number(tree)
            return .treeRoot
        case .place(let tree, let target, let flags):
            writer.number(tree)
            writer.text(target)
            writer.number(flags)
            return .place
        case .mount(let mount, let source, let flags, let attributes, let copiesUp):
            writer.text(mount.target)
            writer.number(flags)
            attributes.write(to: &writer)
            writer.text(mount.type)
            writer.text(source)
            writer.number(mount.options.count)
            for option in mount.options {
                writer.text(option.name)
                writer.text(option.value)
            }
            return copiesUp ? .copyUp : .mount
        case .device(let device):
            writer.text(device.node.path)
            for number in [device.node.mode, device.node.major, device.node.minor, device.user, device.group] {
                writer.number(number)
            }
            return .device
        default: return nil
        }
    }

    private func writeProcess(_ writer: inout PlanWriter) -> Code? {
        switch body {
        case .hook(let hook, let state):
            writer.text(hook.path)
            writer.number(hook.timeout ?? 0)
            writer.blob(state)
            writer.texts(hook.arguments)
            writer.texts(hook.environment)
            return .hook
        case .capabilitySets(let sets, let waits):
            for set in [sets.effective, sets.permitted, sets.inheritable, sets.ambient] { writer.number(set) }
            writer.number(waits ? 1 : 0)
            return .capabilitySets
        case .domainName(let name):
            writer.text(name)
            return .domainName
        case .ioPriority(let priority):
            writer.number(priority)
            return .ioPriority
        case .scheduler(let scheduler):
            writer.number(scheduler.policy)
            writer.number(scheduler.flags)
            writer.number(scheduler.nice)
            writer.number(scheduler.priority)
            for time in [scheduler.runtime, scheduler.deadline, scheduler.period] { writer.number(time) }
            return .scheduler
        case .personality(let domain):
            writer.number(domain)
            return .personality
        case .umask(let mask):
            writer.number(mask)
            return .umask
        case .findProgram(let program, let path):
            writer.text(program)
            writer.text(path)
            return .findProgram
        case .filter(let flags, let program, let state):
            writer.number(flags)
            writer.blob(program)
            writer.blob(state)
            return .filter
        case .label(let file, let text):
            writer.text(file)
            writer.text(text)
            return .label
        default: return nil
        }
    }
}

extension OCIStep.TreeAttributes {
    func write(to writer: inout PlanWriter) {
        for number in [own.set, own.clear, all.set, all.clear, propagation] { writer.number(number) }
        writer.number(propagatesAll ? 1 : 0)
        writer.number(idMap)
        writer.number(mapsAll ? 1 : 0)
    }
}
