{{/* The name of all objects. */}}
{{- define "service.name" -}}
{{- default .Release.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* What tells this release's pods from all others. It never changes: a Deployment cannot change its selector. */}}
{{- define "service.selector" -}}
app.kubernetes.io/name: {{ include "service.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Labels of all objects, pods of hooks and tests aside: the Service would send them requests. */}}
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
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{/* Where a pod gets its image from, and on which nodes it may run. */}}
{{- define "service.placement" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The folders that a container may write to. */}}
{{- define "service.scratchMounts" -}}
{{- range $index, $path := .Values.scratch }}
- {name: scratch-{{ $index }}, mountPath: {{ $path | quote }}}
{{- end }}
{{- end -}}

{{- define "service.scratchVolumes" -}}
{{- range $index, $_ := .Values.scratch }}
- {name: scratch-{{ $index }}, emptyDir: {medium: Memory}}
{{- end }}
{{- end -}}

{{/* The environment: settings by name, then secrets. */}}
{{- define "service.env" -}}
{{- $name := include "service.name" . -}}
{{- range $key, $_ := .Values.config }}
- name: {{ $key | quote }}
  valueFrom: {configMapKeyRef: {name: {{ $name }}, key: {{ $key | quote }}}}
{{- end }}
{{- range $key, $from := .Values.secretEnv }}
- name: {{ $key | quote }}
  valueFrom: {secretKeyRef: {name: {{ $from.secret | quote }}, key: {{ $from.key | quote }}}}
{{- end }}
{{- end -}}
