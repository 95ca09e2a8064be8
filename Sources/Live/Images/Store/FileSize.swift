import Glibc
import System

extension Files {
    /// A file's length in bytes; 0 when there is none.
    static func size(_ path: String) -> Int {
        var status = stat()
        return lstat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}
