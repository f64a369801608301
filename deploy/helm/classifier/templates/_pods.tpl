{{- define "classifier.image" -}}
{{- $root := index . 0 -}}
{{ required "image.repository: where the images are" $root.Values.image.repository }}-{{ index . 1 }}:{{ $root.Values.image.tag | default $root.Chart.AppVersion }}
{{- end }}

{{/* The password of the database as a variable, for addresses that come after it. */}}
{{- define "classifier.databaseVariables" -}}
{{- if .Values.database.bundled -}}
- name: DATABASE_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ include "classifier.name" . }}-postgres-app, key: password}}
{{- else -}}
- name: DATABASE_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ include "classifier.secret" . }}, key: DATABASE_PASSWORD}}
{{- end }}
{{- end }}

{{- define "classifier.databaseUrl" -}}
{{- $database := (index . 0).Values.database -}}
postgresql://{{ $database.user }}:$(DATABASE_PASSWORD)@{{ index . 1 }}/{{ $database.name }}
{{- with index . 2 }}?{{ . }}{{ end }}
{{- end }}

{{- define "classifier.redisUrl" -}}
{{- $redis := .Values.redis -}}
{{- $sentinel := $redis.sentinel -}}
{{- $options := list -}}
{{- with $sentinel.hosts }}{{ $options = append $options (printf "master=%s" (required "redis.sentinel.master" $sentinel.master)) }}{{ end -}}
{{- with $redis.caSecret }}{{ $options = append $options "ssl_ca_certs=/etc/redis-ca/ca.crt" }}{{ end -}}
redis{{ if $redis.tls }}s{{ end }}{{ if $sentinel.hosts }}+sentinel{{ end }}://{{ $redis.username }}
{{- if $redis.password }}:$(REDIS_PASSWORD)@{{ end }}
{{- if $sentinel.hosts }}{{ join "," $sentinel.hosts }}{{ else }}{{ include "classifier.redisHost" . }}:{{ $redis.port }}{{ end -}}
/{{ $redis.database }}
{{- with $options }}?{{ join "&" . }}{{ end }}
{{- end }}

{{/* Addresses of the servers, and what a pod knows only when it runs. */}}
{{- define "classifier.environment" -}}
{{- $name := include "classifier.name" . -}}
{{- $options := .Values.database.options -}}
{{- $direct := include "classifier.databaseUrl" (list . (printf "%s:%d" (include "classifier.databaseHost" .) (int .Values.database.port)) $options) -}}
- name: POD_IP
  valueFrom: {fieldRef: {fieldPath: status.podIP}}
- name: ALLOWED_HOSTS # Prometheus asks pods by their addresses
  value: {{ include "classifier.hosts" . }},{{ $name }}-web,$(POD_IP)
{{ include "classifier.databaseVariables" . }}
- name: DATABASE_URL
{{- if .Values.pgbouncer.enabled }}
  value: {{ include "classifier.databaseUrl" (list . (printf "%s-pgbouncer:6432" $name) "") }}
- name: DATABASE_DIRECT_URL
{{- end }}
  value: {{ $direct }}
{{- if .Values.redis.password }}
- name: REDIS_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ include "classifier.secret" . }}, key: REDIS_PASSWORD}}
{{- end }}
- name: REDIS_URL
  value: {{ include "classifier.redisUrl" . }}
{{- end }}

{{- define "classifier.environmentFrom" -}}
- configMapRef: {name: {{ include "classifier.name" . }}}
- secretRef: {name: {{ include "classifier.secret" . }}}
{{- end }}

{{- define "classifier.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "classifier.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "classifier.podMetadata" -}}
{{- $root := index . 0 -}}
metadata:
  labels:
    {{- include "classifier.labels" . | nindent 4 }}
  annotations:
    checksum/settings: {{ include "classifier.settings" $root | sha256sum }}
    checksum/secret: {{ $root.Values.secret.values | toJson | sha256sum }}
    {{- with $root.Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}

{{/* What all pods have in common, whatever runs in them. */}}
{{- define "classifier.podSpec" -}}
{{- $root := index . 0 -}}
serviceAccountName: {{ include "classifier.name" $root }}
automountServiceAccountToken: false
# Or a service called `classifier` would set variables that look like settings.
enableServiceLinks: false
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with $root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "classifier.selector" . | nindent 8 }}
{{- end }}

{{/* What each container of ours can write to, and the authority that signs Redis' certificate. */}}
{{- define "classifier.basicMounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: shm, mountPath: /dev/shm}
{{- if .Values.redis.caSecret }}
- {name: redis-ca, mountPath: /etc/redis-ca, readOnly: true}
{{- end }}
{{- end }}

{{/* With pictures and models: (list . readOnlyMedia readOnlyModels) */}}
{{- define "classifier.mounts" -}}
{{ include "classifier.basicMounts" (index . 0) }}
- {name: media, mountPath: /data/media, readOnly: {{ index . 1 }}}
- {name: models, mountPath: /data/models, readOnly: {{ index . 2 }}}
{{- end }}

{{- define "classifier.volumes" -}}
{{- $root := index . 0 -}}
- name: tmp
  emptyDir: {sizeLimit: {{ index . 1 }}}
- name: shm # metrics of the pod's processes, and gunicorn's heartbeats
  emptyDir: {medium: Memory, sizeLimit: 64Mi}
{{- with $root.Values.redis.caSecret }}
- name: redis-ca
  secret: {secretName: {{ . }}, items: [{key: ca.crt, path: ca.crt}]}
{{- end }}
{{- if $root.Values.storage.url }}
- {name: media, emptyDir: {}}
- {name: models, emptyDir: {}} # copies of what is in the storage
{{- else }}
- name: media
  persistentVolumeClaim: {claimName: {{ $root.Values.storage.media.existing | default (printf "%s-media" (include "classifier.name" $root)) }}}
- name: models
  persistentVolumeClaim: {claimName: {{ $root.Values.storage.models.existing | default (printf "%s-models" (include "classifier.name" $root)) }}}
{{- end }}
{{- end }}

{{/*
Waits until the job `prepare` has brought the database up to date and a model answers. Hooks of Helm
could not do so: before an installation there is no bundled database yet, and after it
`helm install --wait` would wait for pods that wait for the hook.
(list . "web" "a further condition")
*/}}
{{- define "classifier.waiting" -}}
{{- $root := index . 0 -}}
- name: wait
  image: {{ include "classifier.image" . }}
  imagePullPolicy: {{ $root.Values.image.pullPolicy }}
  command:
    - sh
    - -c
    - until python manage.py migrate --check >/dev/null{{ with index . 2 }} && {{ . }}{{ end }}; do sleep 5; done
  envFrom:
    {{- include "classifier.environmentFrom" $root | nindent 4 }}
  env:
    {{- include "classifier.environment" $root | nindent 4 }}
  securityContext:
    {{- include "classifier.containerSecurity" $root | nindent 4 }}
  resources:
    requests: {cpu: 100m, memory: 256Mi}
    limits: {memory: 512Mi}
  volumeMounts:
    {{- include "classifier.basicMounts" $root | nindent 4 }}
{{- end }}
