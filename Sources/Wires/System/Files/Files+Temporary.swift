import Glibc

extension Files {
    /// Makes a folder with a name that nobody else has, for its owner alone; whoever asks removes it.
    ///
    /// - Returns: its path.
    package static func makeTemporaryFolder(in folder: String) throws(SystemError) -> String {
        var template = template(in: folder)
        guard mkdtemp(&template) != nil else { throw SystemError(errno, call: "mkdtemp", subject: folder) }
        return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Opens a file without a name, to be written and read; it is gone with its last descriptor.
    package static func openUnnamed(in folder: String) throws(SystemError) -> OwnedDescriptor {
        // O_TMPFILE (open(2)), which Glibc hides without GNU extensions; it holds O_DIRECTORY.
        let unnamed = 0o20_000_000 | O_DIRECTORY
        let raw = open(folder, O_RDWR | O_CLOEXEC | unnamed, 0o600)
        if raw >= 0 { return OwnedDescriptor(owning: raw) }
        // A file system without files that have no name gives one whose name is gone at once.
        var template = template(in: folder)
        let named = OwnedDescriptor(owning: try checked("mkstemp", on: folder) { mkstemp(&template) })
        unlink(template)
        try checked("fcntl", on: folder) { fcntl(named.raw, F_SETFD, FD_CLOEXEC) }
        return named
    }

    /// What mkdtemp(3) and mkstemp(3) make a name of.
    private static func template(in folder: String) -> [CChar] { Array("\(folder)/belay-XXXXXX".utf8CString) }
}
