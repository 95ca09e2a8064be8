import Glibc
import System
import TestSupport
import Testing

@Suite struct CgroupTests {
    private let legacyMounts = """
        30 23 0:26 / /sys/fs/cgroup ro shared:9 - tmpfs tmpfs ro,mode=755
        31 30 0:27 / /sys/fs/cgroup/cpu,cpuacct rw shared:10 - cgroup cgroup rw,cpu,cpuacct
        32 30 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
        33 30 0:29 /box /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
        34 30 0:30 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
        """

    @Test func `finds its place in v1, also where a part of the hierarchy is mounted`() {
        let found = CgroupHierarchies(
            mounts: legacyMounts, membership: "4:pids:/box/me\n3:memory:/a b/c\n2:cpu,cpuacct:/\n1:name=systemd:/x\n")
        #expect(
            found.legacy == [
                "cpu": "/sys/fs/cgroup/cpu,cpuacct", "cpuacct": "/sys/fs/cgroup/cpu,cpuacct",
                "memory": "/sys/fs/cgroup/memory/a b/c", "pids": "/sys/fs/cgroup/pids/me",
                "name=systemd": "/sys/fs/cgroup/systemd/x",
            ])
        #expect(found.unified == nil)
        let cgroup = Cgroup(found).child("x")
        #expect(cgroup.folders.count == 3 && !cgroup.isUnifiedOnly)
    }

    @Test func `finds its place in v2, and in both`() {
        let unified = "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n"
        let pure = CgroupHierarchies(mounts: unified, membership: "0::/system.slice/belay.service\n")
        #expect(
            pure
                == CgroupHierarchies(
                    unified: "/sys/fs/cgroup/system.slice/belay.service", unifiedRoot: "/sys/fs/cgroup"))
        #expect(Cgroup(pure).isUnifiedOnly)
        let hybrid = CgroupHierarchies(
            mounts: legacyMounts + "\n40 30 0:40 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
            membership: "3:memory:/\n0::/u\n")
        #expect(hybrid.legacy == ["memory": "/sys/fs/cgroup/memory"] && hybrid.unified == "/sys/fs/cgroup/unified/u")
        #expect(!Cgroup(hybrid).isUnifiedOnly)
    }

    @Test func `what is not a mount line or a membership is passed over`() {
        #expect(CgroupHierarchies(mounts: "", membership: "") == CgroupHierarchies())
        #expect(CgroupHierarchies(mounts: "a b c\n- - -\n1 2 3 4 5 6 -", membership: "x\n1:y\n") == CgroupHierarchies())
        #expect(MountLine(#"1 2 0:3 / /a\040b\134c rw - ext4 /dev/x rw"#)?.place == #"/a b\c"#)
    }

    @Test func `processor limits are lifted here and below, before all is killed`() throws {
        let folder = try TemporaryFolder()
        for path in ["", "/pod", "/pod/container"] {
            try Files.makeFolders(folder.path + path)
            try Files.replace("\(folder.path)\(path)/cpu.cfs_quota_us", with: "20000".utf8)
        }
        Cgroup(legacy: ["cpu": folder.path], unified: nil).liftProcessorLimits()
        for path in ["", "/pod", "/pod/container"] {
            #expect(try Files.text("\(folder.path)\(path)/cpu.cfs_quota_us").hasPrefix("-1"))
        }
    }

    @Test func `limits become v1's files, shares and quota as Kubernetes converts them`() {
        let cgroup = Cgroup(legacy: ["cpu": "/c", "memory": "/m", "pids": "/p"], unified: "/u")
        let settings = cgroup.settings(for: CgroupLimits(cpuShare: 250, cpuMaximum: 1500, memory: 1 << 20, pids: 9))
        #expect(
            settings.map { "\($0.file)=\($0.value)" } == [
                "/c/cpu.shares=256", "/c/cpu.cfs_period_us=100000", "/c/cpu.cfs_quota_us=150000",
                "/m/memory.limit_in_bytes=1048576", "/m/memory.memsw.limit_in_bytes=1048576", "/p/pids.max=9",
            ])
        #expect(cgroup.settings(for: CgroupLimits(cpuShare: 0, cpuMaximum: 1)).map(\.value) == ["2", "100000", "1000"])
        #expect(cgroup.settings(for: CgroupLimits()).isEmpty)
        #expect(cgroup.outOfMemoryFile == "/m/memory.oom_control")
    }

    @Test func `limits become v2's files`() throws {
        let folder = try TemporaryFolder()
        let cgroup = Cgroup(legacy: [:], unified: folder.path)
        let limits = CgroupLimits(cpuShare: 1000, cpuMaximum: 500, memory: 4096, pids: 3)
        for name in ["cpu.weight", "cpu.max", "memory.max", "memory.oom.group"] {
            try Files.write([], to: open("\(folder.path)/\(name)", O_CREAT | O_WRONLY | O_CLOEXEC, 0o600), named: name)
        }
        #expect(try cgroup.apply(limits) == ["pids.max"])
        #expect(try Files.text("\(folder.path)/cpu.weight") == "39")
        #expect(try Files.text("\(folder.path)/cpu.max") == "50000 100000")
        #expect(try Files.text("\(folder.path)/memory.max") == "4096")
        #expect(!Files.exists("\(folder.path)/memory.swap.max"))
        #expect(cgroup.outOfMemoryFile == "\(folder.path)/memory.events" && cgroup.attachFolders.isEmpty)
    }

    @Test func `enables in v2 what there is`() throws {
        let folder = try TemporaryFolder()
        for (name, text) in [("cgroup.controllers", "cpuset cpu io memory\n"), ("cgroup.subtree_control", "")] {
            try Files.replace("\(folder.path)/\(name)", with: text.utf8)
        }
        try Cgroup(legacy: [:], unified: folder.path).delegate()
        #expect(try Files.text("\(folder.path)/cgroup.subtree_control") == "+cpu +memory")
    }

    @Test func `a service that stepped down is found above its own leaf`() {
        #expect(Cgroup(legacy: [:], unified: "/a/belay-service").withoutServiceLeaf.unified == "/a")
        #expect(Cgroup(legacy: [:], unified: "/a/b").withoutServiceLeaf.unified == "/a/b")
    }

    @Test func `a v2 cgroup opens only the devices that are allowed`() async throws {
        let name = "belay-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        guard let unified = try CgroupHierarchies.current().unified else { return }
        let cgroup = Cgroup(legacy: [:], unified: unified).child(name)
        try cgroup.create()
        defer { try? cgroup.remove() }
        try cgroup.allowOnly([DeviceRule("c", 1, 5, "r"), DeviceRule("b", nil, nil, "m")])
        let procs = "\(unified)/\(name)/cgroup.procs"
        let line = """
            echo $$ > \(procs)
            head -c 1 /dev/zero > /dev/full 2>/dev/null && echo full; head -c 1 /dev/zero | wc -c
            head -c 1 /dev/urandom || true; echo x > /dev/zero || true
            """
        let output = try runProgram(["busybox", "sh", "-c", line])
        #expect(output == "1\n")
    }

    @Test func `kills all that is in a cgroup and those below it`() throws {
        let name = "belay-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        let cgroup = Cgroup(try CgroupHierarchies.current()).child(name)
        if cgroup.folders.isEmpty { return }
        try cgroup.create()
        let inner = cgroup.child("inner")
        try inner.create()
        try inner.create()
        let pid = try ProcessSpawn.detached("/bin/busybox", arguments: ["busybox", "sleep", "100"], inherited: [])
        for folder in inner.folders { try Files.poke("\(folder)/cgroup.procs", "\(pid)") }
        #expect(try cgroup.processes() == [pid])
        let process = try ProcessDescriptor(pid: pid)
        let hadEnded = process.hasEnded
        #expect(!hadEnded)
        #expect(throws: SystemError.self) { try cgroup.remove() }
        #expect(try cgroup.killAll())
        let hasEnded = process.hasEnded
        #expect(hasEnded)
        process.reap()
        // The kernel lets go of a process that has ended in its own time.
        let deadline = ContinuousClock.now + .seconds(120)
        while cgroup.exists, ContinuousClock.now < deadline {
            try? cgroup.remove()
            usleep(5000)
        }
        #expect(!cgroup.exists)
        try cgroup.remove()
        #expect(try cgroup.killAll())
    }
}

@Suite struct PollerTests {
    @Test func `wakes when there is something to read, and when cancelled`() async throws {
        let poller = try Poller(name: "poller-test")
        let pipe = try PipeEnds()
        let reading = pipe.reading.raw
        let waiting = Task { try await poller.wait(for: [(reading, .reading)]) }
        try Files.write([1], to: pipe.writing.raw, named: "pipe")
        try await waiting.value
        var byte: UInt8 = 0
        _ = read(reading, &byte, 1)
        let cancelled = Task { try await poller.wait(for: [(reading, .reading)]) }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        let later = Task { try await poller.wait(for: [(reading, .reading)]) }
        try Files.write([1], to: pipe.writing.raw, named: "pipe")
        try await later.value
    }

    @Test func `a descriptor that cannot be watched is an error`() async throws {
        let poller = try Poller(name: "poller-test")
        await #expect(throws: SystemError.self) { try await poller.wait(for: [(-1, .reading)]) }
    }

    @Test func `a worker pool runs all its work, and passes errors on`() async throws {
        let pool = WorkerPool(name: "pool-test", threads: 3)
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<2000 { group.addTask { try await pool.run { number } } }
            return try await group.reduce(0, +)
        }
        #expect(sum == 1_999_000)
        await #expect(throws: SystemError.self) { try await pool.run { throw SystemError(1, call: "x") } }
    }

    @Test func `memory that is sealed cannot be written`() throws {
        let memory = try OwnedDescriptor.sealedMemory([1, 2, 3], named: "test")
        #expect(throws: SystemError.self) { try Files.write([4], to: memory.raw, named: "test") }
        #expect(ftruncate(memory.raw, 0) == -1)
    }
}
