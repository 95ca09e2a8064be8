import CLinux
import Glibc

extension OwnedDescriptor {
    /// A file in memory that holds `bytes` and that nobody can change (memfd_create(2), F_ADD_SEALS), close-on-exec.
    ///
    /// - Parameters:
    ///   - name: what `/proc` shows for it.
    ///   - executable: whether it is a program.
    package static func sealedMemory(
        _ bytes: some Collection<UInt8>, named name: String, executable: Bool = false
    ) throws(SystemError) -> OwnedDescriptor {
        let memory = try memory(named: name, executable: executable)
        try Files.write(bytes, to: memory.raw, named: name)
        try checked("fcntl", on: name) { linux_seal(memory.raw) }
        return memory
    }

    /// An empty file in memory, close-on-exec.
    package static func memory(named name: String, executable: Bool = false) throws(SystemError) -> OwnedDescriptor {
        let closeOnExec: UInt32 = 1
        let mayBeSealed: UInt32 = 2
        // Since Linux 6.3 a machine may want it said (vm.memfd_noexec); before, the flag is not known.
        let mayBeExecuted: UInt32 = 0x10
        if executable {
            let descriptor = linux_memfd(name, closeOnExec | mayBeSealed | mayBeExecuted)
            if descriptor != -1 { return OwnedDescriptor(owning: descriptor) }
        }
        return OwnedDescriptor(
            owning: try checked("memfd_create", on: name) { linux_memfd(name, closeOnExec | mayBeSealed) })
    }
}

/// The two ends of a pipe(7), close-on-exec.
package struct PipeEnds: ~Copyable {
    package let reading: OwnedDescriptor
    package let writing: OwnedDescriptor

    package init() throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        try checked("pipe2") { linux_pipe(&ends) }
        reading = OwnedDescriptor(owning: ends[0])
        writing = OwnedDescriptor(owning: ends[1])
    }

    /// Keeps the end that is read and closes the other.
    package consuming func takeReading() -> OwnedDescriptor { reading }

    /// Keeps the end that is written and closes the other.
    package consuming func takeWriting() -> OwnedDescriptor { writing }
}
