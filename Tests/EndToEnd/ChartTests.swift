import Foundation
import Glibc
import System
import TestSupport
import Testing

/// Charts on a real cluster: what their hooks do, and how a release of Helm becomes an application.
@Suite struct ChartTests {
    /// A chart whose hook writes a line to a volume of the namespace, and whose pods serve a greeting.
    private func chart(greeting: String, hook: String) -> [String: String] {
        [
            "belay.yaml": """
            apiVersion: belay/v1
            kind: Project
            metadata: {name: shop}
            spec:
              environments:
                - name: dev
                  data: production
                  namespace: shop-dev
                  apps:
                    - {path: charts/web, name: web, values: {greeting: \(greeting)}}

            """,
            "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
            "charts/web/templates/web.yaml": Fleet.web(greeting: "{{ .Values.greeting }}"),
            "charts/web/templates/service.yaml": Fleet.service,
            "charts/web/templates/hook.yaml": """
            apiVersion: batch/v1
            kind: Job
            metadata:
              name: migrate
              annotations: {helm.sh/hook: "pre-install,pre-upgrade"}
            spec:
              backoffLimit: 0
              template:
                spec:
                  restartPolicy: Never
                  containers:
                    - name: main
                      image: localhost/box:1
                      command: [sh, -c, '\(hook)']
            """,
            "charts/web/templates/test.yaml": """
            apiVersion: v1
            kind: Pod
            metadata: {name: never, annotations: {helm.sh/hook: test}}
            spec: {containers: [{name: main, image: localhost/box:1}]}
            """,
        ]
    }

    private func jobs(_ machine: Machine) async throws -> [[String: Any]] {
        let outcome = try await machine.belay("get", "jobs", "-n", "shop-dev", "-o", "json")
        return try outcome.json()["items"] as? [[String: Any]] ?? []
    }

    private func uid(_ job: [String: Any]) -> String { (job["metadata"] as? [String: Any])?["uid"] as? String ?? "" }

    @Test func `a migration runs before its pods, once for each version, through a kill of the service`() async throws {
        try await Machine.run(chart(greeting: "hello", hook: "sleep 3; echo migrated")) { machine in
            try await eventually("the migration works") { try await !jobs(machine).isEmpty }
            let first = uid(try #require(try await jobs(machine).first))
            #expect(try await machine.pods("web").isEmpty, "nothing starts before it has ended")
            try await machine.end(SIGKILL)
            try await machine.start()
            try await machine.readyPods()
            try await machine.serves("hello")
            let ended = try await jobs(machine).map(uid)
            #expect(ended == [first], "the migration that was at work was not started anew")
            try await machine.says("migrate (PreSync) succeeded", "history", "dev")
            #expect(try await machine.pods("never").isEmpty)
            // A hand's edit is mended without it.
            try await machine.ask("DELETE", "/api/v1/namespaces/shop-dev/services/web")
            try await machine.serves("hello")
            #expect(try await jobs(machine).map(uid) == [first])

            try machine.push("Greet warmly", chart(greeting: "welcome", hook: "echo migrated again"))
            try await machine.serves("welcome")
            let second = try await jobs(machine).map(uid)
            #expect(second.count == 1 && second != [first])

            try machine.push("Break the migration", chart(greeting: "gone", hook: "echo no; exit 3"))
            try await machine.says("the hook Job.batch shop-dev/migrate of the phase PreSync failed", "status")
            #expect(try await machine.page(machine.address()) == "welcome")
        }
    }

    @Test func `a release of Helm is imported, and taking it over changes nothing`() async throws {
        let empty = """
            apiVersion: belay/v1
            kind: Project
            metadata: {name: shop}
            spec:
              environments:
                # The first one.
                - name: dev
                  data: production
                  namespace: shop-dev
                  apps:
                    - path: app

            """
        let other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n"
        try await Machine.run(["belay.yaml": empty, "app/other.yaml": other]) { machine in
            try await eventually("the namespace is there") {
                try await machine.belay("get", "configmap", "other", "-n", "shop-dev").code == 0
            }
            try await HelmStandIn(machine).install(replicas: 2)
            let folder = "\(machine.folder.path)/clone"
            try machine.git.git(["clone", "-q", machine.origin, folder], in: machine.folder.path)
            let words = try await machine.belay("import", "helm", "web", folder, "--env", "dev")
            #expect(words.code == 0, "\(words)")
            #expect(words.output.contains("Taking it over changes nothing"))
            let project = try Files.text("\(folder)/belay.yaml")
            #expect(project.hasPrefix(empty), "what was there stays as it was")
            #expect(project.contains("name: web") && project.contains("path: charts/web"))
            #expect(try Files.text("\(folder)/apps/web/values.dev.yaml") == "replicas: 2\n")
            let again = try await machine.belay("import", "helm", "web", folder, "--env", "dev")
            #expect(again.errors.contains("has an application web already"))

            let pods = try await machine.readyPods(2).map(\.uid)
            try machine.git.git(["add", "-A"], in: folder)
            try machine.git.git(
                ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "-qm", "Take web over"],
                in: folder)
            try machine.git.git(["push", "-q", "origin", "main"], in: folder)
            try await eventually("the release's objects are Belay's") {
                try await machine.run("get", "deploy", "web", "-n", "shop-dev", "-o", "json").contains("shop.dev.web")
            }
            #expect(try await machine.readyPods(2).map(\.uid) == pods, "no pod was replaced")
            try await machine.says("Synced", "status")
        }
    }
}

/// Does what `helm install` does with a small chart: objects by its name, and a Secret with the release.
private struct HelmStandIn {
    let machine: Machine

    init(_ machine: Machine) { self.machine = machine }

    private func template(_ replicas: String) -> String {
        Fleet.web(replicas: 7).replacingOccurrences(of: "replicas: 7", with: "replicas: \(replicas)")
            .replacingOccurrences(
                of: "  name: web\nspec:", with: "  name: web\n  labels: {app.kubernetes.io/managed-by: Helm}\nspec:")
    }

    func install(replicas: Int) async throws {
        let script = """
            import base64, gzip, json, sys
            template, replicas = sys.argv[1], int(sys.argv[2])
            chart = {'metadata': {'name': 'web', 'version': '1.0.0', 'apiVersion': 'v2'}, 'lock': None,
              'templates': [{'name': 'templates/web.yaml', 'data': base64.b64encode(template.encode()).decode()}],
              'values': {'replicas': 1}, 'schema': None, 'files': []}
            release = {'name': 'web', 'namespace': 'shop-dev', 'version': 1, 'info': {'status': 'deployed'},
              'chart': chart, 'config': {'replicas': replicas}, 'manifest': ''}
            packed = base64.b64encode(gzip.compress(json.dumps(release).encode()))
            print(json.dumps({'apiVersion': 'v1', 'kind': 'Secret', 'type': 'helm.sh/release.v1',
              'metadata': {'name': 'sh.helm.release.v1.web.v1',
                'labels': {'owner': 'helm', 'name': 'web', 'status': 'deployed', 'version': '1'}},
              'data': {'release': base64.b64encode(packed).decode()}}))
            """
        let made = try await Programs.run(["python3", "-c", script, template("{{ .Values.replicas }}"), "\(replicas)"])
        try await create("/api/v1/namespaces/shop-dev/secrets", "application/json", made.output)
        let annotations = "  annotations: {meta.helm.sh/release-name: web, meta.helm.sh/release-namespace: shop-dev}\n"
        let deployment = template("\(replicas)").replacingOccurrences(
            of: "  labels: {app.kubernetes.io/managed-by", with: annotations + "  labels: {app.kubernetes.io/managed-by"
        )
        try await create("/apis/apps/v1/namespaces/shop-dev/deployments", "application/yaml", deployment)
    }

    private func create(_ path: String, _ type: String, _ body: String) async throws {
        let outcome = try await Programs.run(
            [
                "curl", "-sS", "--max-time", "5", "--unix-socket", machine.socket, "-X", "POST", "-H",
                "Content-Type: \(type)", "--data-binary", "@-", "http://belay\(path)?fieldManager=helm",
            ], input: body)
        guard outcome.code == 0, !outcome.output.contains("\"Failure\"") else { throw Failure("\(path): \(outcome)") }
    }
}
