import Glibc
package import System

/// A folder of a test's own, removed with everything in it when nobody holds it any more.
package final class TemporaryFolder: Sendable {
    package let path: String

    /// - Parameter parent: on which file system; `/tmp` unless a test needs another.
    package init(in parent: String = "/tmp") throws(SystemError) {
        var template = Array("\(parent)/belay-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError(errno, call: "mkdtemp", subject: parent) }
        path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    deinit {
        try? Files.removeTree(path)
    }
}
