import Glibc
import System

/// Overlays made up for measuring, each a folder that any renderer of kustomizations takes.
struct Inputs {
    /// The folder that they are made in.
    let root: String

    /// Applications of four objects each over one base, a file an application; the overlay goes over all of them.
    ///
    /// - Parameter objects: a multiple of four.
    func layered(objects: Int) throws -> String {
        let folder = "\(root)/layered-\(objects)"
        let names = (0..<objects / 4).map { "service-\($0)" }
        for (index, name) in names.enumerated() {
            try write("\(folder)/base/\(name).yaml", Self.application(name, index))
        }
        try write("\(folder)/base/kustomization.yaml", Self.kustomization(names.map { "\($0).yaml" }))
        try write("\(folder)/overlay/kustomization.yaml", Self.overlay)
        try write("\(folder)/overlay/scale.yaml", Self.patch("Deployment", "service-1", "spec: {replicas: 5}"))
        try write("\(folder)/overlay/remove.yaml", Self.patch("ServiceAccount", "service-2", "$patch: delete"))
        return "\(folder)/overlay"
    }

    /// ConfigMaps, all in one file, under one label and namespace.
    func oneFile(objects: Int) throws -> String {
        let folder = "\(root)/one-file-\(objects)"
        try write("\(folder)/all.yaml", (0..<objects).map(Self.settings).joined(separator: "---\n"))
        let head = "namespace: measured\ncommonLabels: {team: delta}\n"
        try write("\(folder)/kustomization.yaml", Self.kustomization(["all.yaml"]) + head)
        return folder
    }

    /// ConfigMaps in a file each.
    func files(_ count: Int) throws -> String {
        let folder = "\(root)/files-\(count)"
        for index in 0..<count { try write("\(folder)/parts/\(index).yaml", Self.settings(index)) }
        try write("\(folder)/kustomization.yaml", Self.kustomization((0..<count).map { "parts/\($0).yaml" }))
        return folder
    }

    /// Generated ConfigMaps with hashes in their names.
    func generated(_ count: Int) throws -> String {
        let folder = "\(root)/generated-\(count)"
        let entries = (0..<count).map { "- name: made-\($0)\n  literals: [number=\($0), square=\($0 * $0)]\n" }
        let head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nconfigMapGenerator:\n"
        try write("\(folder)/kustomization.yaml", head + entries.joined())
        return folder
    }

    /// Writes a file, and the folders above it.
    func write(_ path: String, _ text: String) throws {
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        try Files.makeFolders(parent)
        let file = OwnedDescriptor(
            owning: try checked("open", on: path) { open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644) })
        try Files.write(text.utf8, to: file.raw, named: path)
    }

    private static func kustomization(_ resources: [String]) -> String {
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"
            + resources.map { "- \($0)\n" }.joined()
    }

    private static func settings(_ index: Int) -> String {
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings-\(index)\ndata:\n  number: \"\(index)\"\n"
            + "  greeting: |\n    good day, \(index)\n"
    }

    private static func patch(_ kind: String, _ name: String, _ change: String) -> String {
        let version = kind == "Deployment" ? "apps/v1" : "v1"
        return "apiVersion: \(version)\nkind: \(kind)\nmetadata:\n  name: \(name)\n\(change)\n"
    }

    private static func application(_ name: String, _ index: Int) -> String {
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: \(name)
          labels: {app: \(name), layer: \(index % 3 == 0 ? "edge" : "inner")}
        spec:
          replicas: 1
          selector:
            matchLabels: {app: \(name)}
          template:
            metadata:
              labels: {app: \(name)}
            spec:
              serviceAccountName: \(name)
              containers:
              - name: server
                image: registry.example/measured/server:3.1
                ports:
                - name: web
                  containerPort: 9000
                env:
                - name: VERBOSE
                  value: "no"
                - name: GREETING
                  valueFrom:
                    configMapKeyRef: {name: \(name), key: greeting}
                envFrom:
                - configMapRef: {name: \(name)}
                resources:
                  requests: {cpu: 50m, memory: 32Mi}
                volumeMounts:
                - name: settings
                  mountPath: /settings
              volumes:
              - name: settings
                configMap: {name: \(name)}
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: \(name)
        spec:
          selector: {app: \(name)}
          ports:
          - name: web
            port: 80
            targetPort: web
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: \(name)
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: \(name)
        data:
          greeting: "good day"
          number: "\(index)"
          text: |
            first line
            and line \(index)

        """
    }

    private static let overlay = """
        apiVersion: kustomize.config.k8s.io/v1beta1
        kind: Kustomization
        resources: [../base]
        namespace: measured
        namePrefix: blue-
        labels:
        - pairs: {stage: blue, team: delta}
          includeSelectors: true
        commonAnnotations: {purpose: measuring}
        images:
        - name: registry.example/measured/server
          newTag: "3.2"
        patches:
        - target: {kind: Deployment}
          patch: |-
            - op: add
              path: /spec/template/spec/priorityClassName
              value: urgent
        - target: {kind: Deployment, labelSelector: layer=edge}
          patch: |-
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: edge
            spec:
              template:
                spec:
                  containers:
                  - name: server
                    env:
                    - name: VERBOSE
                      value: "yes"
                    resources:
                      limits: {memory: 128Mi}
        - target: {kind: Service, name: service-1.*}
          patch: |-
            - op: replace
              path: /spec/ports/0/port
              value: 8000
        - path: scale.yaml
        - path: remove.yaml

        """
}
