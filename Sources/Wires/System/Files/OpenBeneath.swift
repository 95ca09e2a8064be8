package import CLinux
import Glibc

/// openat2(2): opens `path` from the folder `folder` as `how` says.
///
/// While anything is mounted or renamed anywhere, the kernel may be unable to vouch for a `..` and answers EAGAIN: it
/// is asked again, so that what others do on the machine fails nobody.
///
/// - Returns: a descriptor, or -1 with `errno`.
package func openat2(_ folder: Int32, _ path: UnsafePointer<CChar>, _ how: inout open_how) -> Int32 {
    for _ in 1..<1000 {
        let descriptor = linux_openat2(folder, path, &how)
        if descriptor >= 0 || errno != EAGAIN { return descriptor }
    }
    return linux_openat2(folder, path, &how)
}
