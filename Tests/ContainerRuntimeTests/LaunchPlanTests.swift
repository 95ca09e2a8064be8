import System
import Testing

@testable import ContainerRuntime

@Suite struct LaunchPlanTests {
    /// One of each step.
    static let steps: [LaunchStep] = [
        .folder("/run/x"), .log(path: "/l", maximumSize: 10, files: 3), .clone(namespaces: 0x2000_0000, cgroup: ""),
        .outOfMemoryFile("/m"), .terminal, .attach("/cg"), .join("/ns", kind: 1), .enter(kinds: 7), .unshare(kinds: 9),
        .privateMounts, .root(place: "/p", upper: "/u", work: "/w", attributes: .noDevices, layers: ["/a", "/ü"]),
        .fileSystem(FileSystemMount("tmpfs", at: "/t", [.readOnly, .noDevices], options: ["mode": "0755", "ro": ""])),
        .bind(source: "/s", target: "/t", attributes: .readOnly, flags: .strict),
        .node(path: "/dev/null", mode: 0o020666, major: 1, minor: 3), .link(path: "/l", destination: "d"),
        .makeFolder("/f", mode: 0o755), .mask("/m"), .readOnly("/r"), .readOnlyRoot, .pivot, .hostname("h"),
        .sysctl("net/x", value: "1"), .outOfMemoryScore(-999), .limit(resource: 7, soft: 1, hard: .max), .keyring("k"),
        .console(columns: 80, rows: 24), .workingFolder("/w"), .user(.ids(user: 1, group: 2, additional: [3, 4])),
        .user(.named("shop:shop", additional: [])), .bounding(5), .seccomp([6, 0, 0, 0, 0, 0, 0xff, 0x7f]), .identity,
        .capabilities(.max), .noNewPrivileges, .deathSignal, .loopback, .keepNamespace("net", path: "/n"),
        .execute(arguments: ["a", ""], environment: ["A=1"]),
    ]

    @Test func `every step is read back as it was written`() throws {
        let plan = LaunchPlan(Self.steps)
        #expect(try LaunchPlan(decoding: try plan.encoded()) == plan)
        var writer = PlanWriter()
        #expect(Set(Self.steps.map { $0.write(to: &writer) }) == Set(LaunchStep.Code.allCases))
    }

    @Test func `a cut or changed plan is refused, never misread`() throws {
        let bytes = try LaunchPlan(Self.steps).encoded()
        for length in 0..<bytes.count {
            #expect(throws: LaunchPlanFault.self) { _ = try LaunchPlan(decoding: Array(bytes[..<length])) }
        }
        for place in 0..<16 {
            var changed = bytes
            changed[place] ^= 0x55
            #expect(throws: LaunchPlanFault.self) { _ = try LaunchPlan(decoding: changed) }
        }
        for place in 16..<bytes.count {
            var changed = bytes
            changed[place] = 0xff
            // It may say something else, but reading stays within bounds.
            _ = try? LaunchPlan(decoding: changed)
        }
    }

    @Test func `the numbers are those of the shim's header`() throws {
        let header = try Files.text(
            #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/Sources/Shim/plan.h")
        let codes = header.matches(of: /STEP_[A-Z_]+ = (\d+),/).compactMap { UInt32($0.1) }.filter { $0 != 15 }
        let known = LaunchStep.Code.allCases.map(\.rawValue) + OCIStep.Code.allCases.map(\.rawValue)
        #expect(codes == known.sorted())
    }

    @Test func `a text with a NUL and a plan too long are refused`() {
        #expect(throws: ContainerError.self) { _ = try LaunchPlan([.mask("/a\0b")]).encoded() }
        let long = String(repeating: "x", count: 5 << 20)
        #expect(throws: ContainerError.self) { _ = try LaunchPlan([.mask(long)]).encoded() }
    }

    @Test func `privileges go in the order in which the kernel lets them go`() throws {
        let context = PlanContext(
            folder: "/f", mountPoint: "/m", upperFolder: "/u", workFolder: "/w",
            cgroup: Cgroup(legacy: ["memory": "/cg/memory"], unified: "/cg/unified"), filter: [0])
        for noNew in [true, false] {
            var spec = ContainerSpec(
                id: "x", root: RootFileSystem(lowerFolders: ["/l"]), process: ProcessSpec(arguments: ["/p"]))
            spec.process.noNewPrivileges = noNew
            let steps = try LaunchPlan.container(spec, in: context).steps
            func place(_ step: LaunchStep) throws -> Int { try #require(steps.firstIndex(of: step)) }
            let kept = try Capabilities.bits(ProcessSpec.defaultCapabilities)
            #expect(try place(.pivot) < place(.bounding(kept)))
            #expect(try place(.bounding(kept)) < place(.identity))
            #expect(try place(.identity) < place(.capabilities(kept)))
            #expect(try place(.capabilities(kept)) < place(.deathSignal))
            #expect(try (place(.seccomp([0])) > place(.deathSignal)) == noNew)
            #expect(try place(.attach("/cg/memory/tasks")) < place(.unshare(kinds: NamespaceKind.cgroup)))
            #expect(steps.contains(.clone(namespaces: 0x6c02_0000, cgroup: "/cg/unified")))
        }
    }

    @Test func `mounts go from the outside in`() throws {
        var spec = ContainerSpec(
            id: "x", root: RootFileSystem(lowerFolders: ["/l"]), process: ProcessSpec(arguments: ["/p"]))
        spec.mounts = ["/a/b/c", "/a", "/z/y", "/a/b"].map { MountSpec(.bind("/src", create: false), at: $0) }
        let context = PlanContext(
            folder: "/f", mountPoint: "/m", upperFolder: "/u", workFolder: "/w",
            cgroup: Cgroup(legacy: [:], unified: nil), filter: nil)
        let targets = try LaunchPlan.container(spec, in: context).steps.compactMap { step in
            if case .bind(_, let target, _, _) = step { target } else { nil }
        }
        #expect(targets == ["/a", "/z/y", "/a/b", "/a/b/c"])
    }

    @Test func `of two variables with one name the last counts`() {
        #expect(LaunchPlan.lastOfEach(["A=1", "B=2", "A=3", "C"]) == ["A=3", "B=2", "C"])
    }

    @Test func `a record is read back as it was written, and a torn one is not read`() throws {
        let record = ContainerRecord(
            id: "web", sandbox: "pod", labels: ["a=b": "c\nd%0A", "": "x"],
            cgroup: Cgroup(legacy: ["cpu": "/sys/a=b"], unified: "/u"), privileged: true, seccomp: .unconfined,
            capabilities: ["CAP_KILL"], outOfMemoryScore: -5, workFolder: "/w")
        #expect(ContainerRecord(record.text) == record)
        #expect(ContainerRecord("") == nil && ContainerRecord("id") == nil)
    }

    @Test func `the default filter compiles once a set of capabilities, and fits`() throws {
        let filters = SeccompFilters()
        let first = try #require(try filters.program(for: .runtimeDefault, capabilities: ["CAP_CHOWN"]))
        #expect(first.count % 8 == 0 && first.count < 4096 * 8)
        #expect(try filters.program(for: .runtimeDefault, capabilities: ["CAP_KILL"]) == first)
        #expect(try filters.program(for: .runtimeDefault, capabilities: ["CAP_SYS_ADMIN"]) != first)
        #expect(try filters.program(for: .unconfined, capabilities: []) == nil)
    }
}
