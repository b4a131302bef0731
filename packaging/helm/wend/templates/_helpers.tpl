{{/* What the objects of a release are called. */}}
{{- define "wend.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}
{{- end -}}
{{- end -}}

{{- define "wend.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* A hook runs before anything else of the release is there: what it needs is a hook itself, before it. */}}
{{- define "wend.hook" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: {{ .weight | quote }}
helm.sh/hook-delete-policy: {{ .delete }}
{{- end -}}

{{- define "wend.secret" -}}
{{- .Values.database.existingSecret | default (include "wend.fullname" .) -}}
{{- end -}}

{{- define "wend.configMap" -}}
{{- .Values.migrations.existingConfigMap | default (printf "%s-migrations" (include "wend.fullname" .)) -}}
{{- end -}}

{{- define "wend.config" -}}
{{- printf "%s-config" (include "wend.fullname" .) -}}
{{- end -}}

{{/* The migrations as a ConfigMap has them; empty where there are none of the chart's own. */}}
{{- define "wend.files" -}}
{{- $files := dict -}}
{{- range $path, $text := .Files.Glob "migrations/*.sql" -}}
{{- $_ := set $files (base $path) (toString $text) -}}
{{- end -}}
{{- range $name, $text := .Values.migrations.files -}}
{{- $_ := set $files $name $text -}}
{{- end -}}
{{- if $files }}{{ toYaml $files }}{{ end -}}
{{- end -}}

{{/* The container that migrates: the Job's, or the application's init container. */}}
{{- define "wend.container" -}}
name: wend
image: {{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args:
  - up
  - --wait
  - {{ .Values.wait | quote }}
  - --lock-timeout
  - {{ .Values.lockTimeout | quote }}
  {{- if .Values.config }}
  - --config
  - /work/wend.yaml
  {{- else }}
  - --migrations
  - {{ .Values.migrations.path | quote }}
  {{- end }}
  {{- range .Values.args }}
  - {{ . | quote }}
  {{- end }}
env:
  - name: WEND_DATABASE_URL
    valueFrom:
      secretKeyRef:
        name: {{ include "wend.secret" . }}
        key: {{ .Values.database.key }}
  {{- with .Values.env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  readOnlyRootFilesystem: true
  allowPrivilegeEscalation: false
  capabilities:
    drop: [ALL]
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if or .Values.config (eq .Values.migrations.from "configMap") }}
volumeMounts:
  {{- if eq .Values.migrations.from "configMap" }}
  - name: migrations
    mountPath: {{ .Values.migrations.path }}
    readOnly: true
  {{- end }}
  {{- if .Values.config }}
  - name: config
    mountPath: /work/wend.yaml
    subPath: wend.yaml
    readOnly: true
  {{- end }}
{{- end }}
{{- end -}}

{{/* What stands beside it in its pod. */}}
{{- define "wend.volumes" -}}
{{- if or .Values.config (eq .Values.migrations.from "configMap") -}}
volumes:
  {{- if eq .Values.migrations.from "configMap" }}
  - name: migrations
    configMap:
      name: {{ include "wend.configMap" . }}
      defaultMode: 0444
  {{- end }}
  {{- if .Values.config }}
  - name: config
    configMap:
      name: {{ include "wend.config" . }}
      defaultMode: 0444
  {{- end }}
{{- end -}}
{{- end -}}

{{/* What the pods of both modes say alike. */}}
{{- define "wend.pod" -}}
automountServiceAccountToken: false
terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
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
