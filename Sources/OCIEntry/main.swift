import ContainerRuntime
import Glibc

// The words are runc's, and what they do is `belay oci`'s; nothing stays behind that needs to be taken down.
exit(OCIRuntime.main(Array(CommandLine.arguments.dropFirst())))
