{{- define "classifier.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end -}}
{{- end }}

{{/* Of one component: (list . "web") */}}
{{- define "classifier.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ $root.Chart.Name }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "classifier.labels" -}}
{{- $root := index . 0 -}}
{{ include "classifier.selector" . }}
app.kubernetes.io/version: {{ $root.Values.image.tag | default $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ $root.Chart.Name }}-{{ $root.Chart.Version }}
{{- end }}

{{/* Metadata of a component: (list . "web") or (list . "web" "suffix") */}}
{{- define "classifier.metadata" -}}
{{- $root := index . 0 -}}
{{- $name := gt (len .) 2 | ternary (last .) (index . 1) -}}
metadata:
  name: {{ include "classifier.name" $root }}{{ if $name }}-{{ $name }}{{ end }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "classifier.labels" . | nindent 4 }}
{{- end }}

{{- define "classifier.hosts" -}}
{{ concat (list (required "host: the name under which people reach the site" .Values.host)) .Values.extraHosts | join "," }}
{{- end }}

{{- define "classifier.secret" -}}
{{ .Values.secret.existing | default (include "classifier.name" .) }}
{{- end }}

{{- define "classifier.databaseHost" -}}
{{- if .Values.database.bundled }}{{ include "classifier.name" . }}-postgres-rw
{{- else }}{{ required "database.host, or database.bundled" .Values.database.host }}{{ end -}}
{{- end }}

{{- define "classifier.replicaHost" -}}
{{- if and .Values.database.bundled (gt (int .Values.database.instances) 1) }}{{ include "classifier.name" . }}-postgres-ro
{{- else }}{{ .Values.database.replicaHost }}{{ end -}}
{{- end }}

{{/* With its namespace, because KEDA asks from another. */}}
{{- define "classifier.redisHost" -}}
{{- if .Values.redis.bundled }}{{ include "classifier.name" . }}-redis.{{ .Release.Namespace }}
{{- else }}{{ required "redis.host, or redis.bundled" .Values.redis.host }}{{ end -}}
{{- end }}
