import System

/// Charts made up to be measured, each for something that charts spend their time on.
struct ChartInputs {
    let root: String

    /// Writes them all.
    ///
    /// - Returns: the folder that they are in.
    func make() throws -> String {
        for (name, files) in [
            "plain": plain, "library": library, "secrets": secrets, "loop": loop(5_000), "definitions": definitions(40),
            "files": files(200),
        ] {
            let chart = "apiVersion: v2\nname: \(name)\nversion: 1.0.0\nappVersion: \"1.2\"\n"
            for (path, text) in files.merging(["Chart.yaml": chart], uniquingKeysWith: { own, _ in own }) {
                let file = "\(root)/\(name)/\(path)"
                try Files.makeFolders(String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)]))
                try Files.replace(file, with: Array(text.utf8))
            }
        }
        return root
    }

    /// What most charts are: a workload with helpers, switches and blocks of YAML from values.
    private var plain: [String: String] {
        [
            "values.yaml": """
            replicas: 2
            image: {repository: registry.example/shop/web, tag: "", pullPolicy: IfNotPresent}
            resources:
              limits: {cpu: 500m, memory: 256Mi}
              requests: {cpu: 100m, memory: 128Mi}
            env: {LOG_LEVEL: info, REGION: eu-west, FEATURES: "a,b,c"}
            ingress: {enabled: true, hosts: [shop.example, www.shop.example]}
            podLabels: {tier: front}
            tolerations: []
            """,
            "templates/_helpers.tpl": Self.helpers("plain"),
            "templates/deployment.yaml": Self.deployment("plain"),
            "templates/service.yaml": """
            apiVersion: v1
            kind: Service
            metadata:
              name: {{ include "plain.fullname" . }}
              labels: {{- include "plain.labels" . | nindent 4 }}
            spec:
              ports: [{port: 80, targetPort: http}]
            """,
            "templates/ingress.yaml": """
            {{- if .Values.ingress.enabled }}
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata:
              name: {{ include "plain.fullname" . }}
            spec:
              rules:
                {{- range .Values.ingress.hosts }}
                - host: {{ . | quote }}
                  http:
                    paths: [{path: /, pathType: Prefix, backend: {service: {name: {{ include "plain.fullname" $ }}, port: {number: 80}}}}]
                {{- end }}
            {{- end }}
            """,
        ]
    }

    /// Parts that are the same for a dozen workloads, in a chart of their own.
    private var library: [String: String] {
        var files = [
            "Chart.yaml": """
            apiVersion: v2
            name: library
            version: 1.0.0
            appVersion: "1.2"
            dependencies: [{name: parts, version: 1.x.x}]
            """,
            "charts/parts/Chart.yaml": "apiVersion: v2\nname: parts\nversion: 1.0.0\ntype: library\n",
            "charts/parts/templates/_helpers.tpl": Self.helpers("parts"),
            "values.yaml": "image: {repository: a/b, tag: \"{{ .Chart.AppVersion }}\"}\nreplicas: 1\nenv: {A: b}\n",
        ]
        for number in 1...12 {
            files["templates/workload-\(number).yaml"] = Self.deployment("parts", suffix: "-\(number)")
        }
        return files
    }

    /// Draws of every kind.
    private var secrets: [String: String] {
        [
            "templates/secret.yaml": """
            {{- $authority := genCA "ca.example" 365 }}
            {{- $certificate := genSignedCert "web.example" nil (list "web.example") 365 $authority }}
            apiVersion: v1
            kind: Secret
            metadata: {name: drawn}
            stringData:
              password: {{ randAlphaNum 32 }}
              login: {{ htpasswd "admin" (randAlphaNum 16) }}
              id: {{ uuidv4 }}
              ca.crt: {{ $authority.Cert | quote }}
              tls.crt: {{ $certificate.Cert | quote }}
              tls.key: {{ $certificate.Key | quote }}
            """
        ]
    }

    private func loop(_ count: Int) -> [String: String] {
        [
            "values.yaml": "count: \(count)\n",
            "templates/all.yaml": """
            {{- range $i, $_ := until (int .Values.count) }}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: {{ printf "config-%05d" $i }}
              namespace: {{ $.Release.Namespace }}
              labels: {app: {{ $.Chart.Name }}, part: {{ mod $i 7 | quote }}}
            data:
              key: {{ printf "value-%d" $i | quote }}
            {{- end }}
            """,
        ]
    }

    /// Definitions of custom resources, long and without a template in them.
    private func definitions(_ count: Int) -> [String: String] {
        let fields = (1...120).map { number in
            """
                        field\(number):
                          description: What the part number \(number) of it does, and what becomes of it when it is left out.
                          type: \(["string", "integer", "boolean"][number % 3])
            """
        }.joined(separator: "\n")
        var files: [String: String] = [:]
        for number in 1...count {
            files["templates/definition-\(number).yaml"] = """
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata: {name: things\(number).example.org, labels: {release: {{ .Release.Name }}}}
                spec:
                  group: example.org
                  names: {kind: Thing\(number), plural: things\(number)}
                  scope: Namespaced
                  versions:
                  - name: v1
                    served: true
                    storage: true
                    schema:
                      openAPIV3Schema:
                        type: object
                        properties:
                \(fields)
                """
        }
        return files
    }

    /// Files that become a ConfigMap, and a digest that restarts a workload.
    private func files(_ count: Int) -> [String: String] {
        var files = [
            "templates/config.yaml": """
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: files
              annotations: {checksum: {{ (.Files.Glob "config/**").AsConfig | sha256sum }}}
            data: {{- (.Files.Glob "config/**").AsConfig | nindent 2 }}
            """
        ]
        for number in 1...count {
            files["config/part-\(number).conf"] = (1...20).map { "option\($0) = value \(number)\n" }.joined()
        }
        return files
    }

    // MARK: Parts

    private static func helpers(_ name: String) -> String {
        """
        {{- define "\(name).fullname" -}}
        {{- if .Values.fullnameOverride -}}
        {{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
        {{- else -}}
        {{- printf "%s-%s" .Release.Name (default .Chart.Name .Values.nameOverride) | trunc 63 | trimSuffix "-" -}}
        {{- end -}}
        {{- end -}}
        {{- define "\(name).labels" -}}
        app.kubernetes.io/name: {{ include "\(name).fullname" . }}
        app.kubernetes.io/instance: {{ .Release.Name }}
        app.kubernetes.io/managed-by: {{ .Release.Service }}
        helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
        {{- with .Values.podLabels }}
        {{ toYaml . }}
        {{- end }}
        {{- end -}}
        {{- define "\(name).image" -}}
        {{- $tag := tpl (.Values.image.tag | default .Chart.AppVersion) . -}}
        {{- printf "%s:%s" .Values.image.repository $tag -}}
        {{- end -}}
        """
    }

    private static func deployment(_ name: String, suffix: String = "") -> String {
        """
        apiVersion: {{ ternary "apps/v1" "extensions/v1beta1" (.Capabilities.APIVersions.Has "apps/v1") }}
        kind: Deployment
        metadata:
          name: {{ include "\(name).fullname" . }}\(suffix)
          labels: {{- include "\(name).labels" . | nindent 4 }}
        spec:
          replicas: {{ .Values.replicas }}
          selector:
            matchLabels: {{- include "\(name).labels" . | nindent 6 }}
          template:
            metadata:
              labels: {{- include "\(name).labels" . | nindent 8 }}
              annotations:
                checksum/values: {{ .Values.env | toJson | sha256sum }}
            spec:
              containers:
                - name: main
                  image: {{ include "\(name).image" . | quote }}
                  {{- if semverCompare ">=1.20-0" .Capabilities.KubeVersion.Version }}
                  startupProbe: {httpGet: {path: /, port: http}}
                  {{- end }}
                  env:
                    {{- range $key, $value := .Values.env }}
                    - name: {{ $key | upper | replace "-" "_" }}
                      value: {{ $value | quote }}
                    {{- end }}
                  {{- with .Values.resources }}
                  resources: {{- toYaml . | nindent 12 }}
                  {{- end }}
              {{- with .Values.tolerations }}
              tolerations: {{- toYaml . | nindent 8 }}
              {{- end }}
        """
    }
}
