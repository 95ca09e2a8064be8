import Foundation
import System
import TestSupport

/// A root file system with this machine's PostgreSQL in it.
enum DatabaseRoot {
    /// Where the machine has it; nil where it has none.
    static let server: String? = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql"))
        .flatMap { $0.max() }.map { "/usr/lib/postgresql/\($0)" }

    private static let tools = ["sh", "cat", "chown", "head", "kill", "ls", "mkdir", "sleep", "true"]

    /// Makes the tar, with what the programs are linked with.
    static func make(in folder: String) async throws -> String {
        guard let server else { throw Failure("there is no PostgreSQL") }
        let root = "\(folder)/database-root"
        for name in ["bin", "etc", "proc", "dev", "sys", "tmp", "usr/bin", "usr/share"] {
            try Files.makeFolders("\(root)/\(name)")
        }
        try Files.replace("\(root)/bin/busybox", with: try Files.read("/bin/busybox"), mode: 0o755)
        for name in tools {
            try FileManager.default.createSymbolicLink(atPath: "\(root)/bin/\(name)", withDestinationPath: "busybox")
        }
        try Files.replace(
            "\(root)/etc/passwd", with: "root:x:0:0:root:/:/bin/sh\npostgres:x:70:70::/tmp:/bin/sh\n".utf8)
        let script = """
            set -eu
            server=\(server)
            {
                echo $server/bin; echo ${server%/lib/*}/share/${server#*/lib/}; echo /usr/share/zoneinfo/UTC
                echo /usr/bin/setpriv; ls $server/lib/plpgsql.so $server/lib/dict_snowball.so
                for program in $server/bin/* /usr/bin/setpriv; do ldd $program; done | grep -o '/[^ ]*' | grep -v : | sort -u
            } >"$2.list"
            tar -chf "$2.part" -P -T "$2.list"
            tar -C "$1" -xf "$2.part"
            tar -C "$1" -cf "$2" .
            rm "$2.list" "$2.part"
            rm -rf "$1"
            """
        let tar = "\(folder)/database.tar"
        let outcome = try await Programs.run(["sh", "-c", script, "sh", root, tar])
        guard outcome.code == 0 else { throw Failure("the root file system of PostgreSQL: \(outcome)") }
        return tar
    }

    /// A PostgreSQL on a volume of its own.
    static func deployment() -> String {
        let programs = "\(server ?? "")/bin"
        return """
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: database}
            spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: database}
            spec:
              replicas: 1
              strategy: {type: Recreate}
              selector: {matchLabels: {app: database}}
              template:
                metadata: {labels: {app: database}}
                spec:
                  terminationGracePeriodSeconds: 5
                  containers:
                    - name: postgres
                      image: localhost/database:1
                      env: [{name: PATH, value: "\(programs):/bin:/usr/bin"}]
                      command:
                        - sh
                        - -c
                        - |
                          as() { /usr/bin/setpriv --reuid=70 --regid=70 --clear-groups "$@"; }
                          mkdir -p /data/db && chown -R 70:70 /data/db
                          [ -f /data/db/PG_VERSION ] ||
                            as initdb -D /data/db -U shop -A trust --no-sync --locale=C -E UTF8 >/dev/null
                          exec /usr/bin/setpriv --reuid=70 --regid=70 --clear-groups \\
                            postgres -D /data/db -k /data/db -c listen_addresses= -c fsync=off -c shared_buffers=16MB
                      readinessProbe: {exec: {command: [pg_isready, -q, -h, /data/db, -U, shop, -d, postgres]}, periodSeconds: 1}
                      resources: {limits: {memory: 256Mi}}
                      volumeMounts: [{name: data, mountPath: /data}]
                  volumes: [{name: data, persistentVolumeClaim: {claimName: database}}]

            """
    }
}
