{{/* The name of all objects. */}}
{{- define "service.name" -}}
{{- default .Release.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* What tells this release's pods from all others. It never changes: a Deployment cannot change its selector. */}}
{{- define "service.selector" -}}
app.kubernetes.io/name: {{ include "service.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Labels of all objects. */}}
{{- define "service.labels" -}}
{{ include "service.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The image, by digest where there is one. */}}
{{- define "service.image" -}}
{{- $repository := required "image.repository is missing: name the image without its tag" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{ $repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ $repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{/* The account that pods run as. */}}
{{- define "service.account" -}}
{{- ternary (include "service.name" .) "default" .Values.serviceAccount.create -}}
{{- end -}}

{{/* What may be done in a container: nothing beside its work. */}}
{{- define "service.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* Whom a pod runs as. */}}
{{- define "service.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.runAsUser }}
runAsGroup: {{ .Values.runAsGroup }}
{{- end -}}

{{/* The environment: settings by name, then secrets. */}}
{{- define "service.env" -}}
{{- $name := include "service.name" . -}}
{{- range $key, $_ := .Values.config }}
- name: {{ $key }}
  valueFrom: {configMapKeyRef: {name: {{ $name }}, key: {{ $key }}}}
{{- end }}
{{- range $key, $from := .Values.secretEnv }}
- name: {{ $key }}
  valueFrom: {secretKeyRef: {name: {{ $from.secret }}, key: {{ $from.key }}}}
{{- end }}
{{- end -}}
