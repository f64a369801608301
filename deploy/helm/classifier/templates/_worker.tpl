{{/* Deployment and scaling of workers: (list . "worker" .Values.worker (list "predictions" "bulk")) */}}
{{- define "classifier.worker" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
{{- $values := index . 2 -}}
{{- $queues := index . 3 -}}
{{- $this := list $root $component -}}
apiVersion: apps/v1
kind: Deployment
{{ include "classifier.metadata" $this }}
spec:
  {{- if not $values.autoscaling.enabled }}
  replicas: {{ $values.replicas }}
  {{- end }}
  revisionHistoryLimit: 3
  strategy:
    rollingUpdate: {maxUnavailable: 0, maxSurge: 1}
  selector:
    matchLabels:
      {{- include "classifier.selector" $this | nindent 6 }}
  template:
    {{- include "classifier.podMetadata" $this | nindent 4 }}
    spec:
      {{- include "classifier.podSpec" $this | nindent 6 }}
      securityContext:
        {{- include "classifier.podSecurity" $root | nindent 8 }}
      # It finishes what it has in hand, for which it gives itself 25.
      terminationGracePeriodSeconds: 60
      initContainers:
        {{- include "classifier.waiting" (list $root "worker" "python manage.py models list | grep -q ^champion") | nindent 8 }}
      containers:
        - name: worker
          image: {{ include "classifier.image" (list $root "worker") }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          args: [python, manage.py, rqworker, {{ join ", " $queues }}, --skip-checks]
          envFrom:
            {{- include "classifier.environmentFrom" $root | nindent 12 }}
          env:
            {{- include "classifier.environment" $root | nindent 12 }}
          ports:
            - {name: metrics, containerPort: 9100}
          # The port is open once the model is loaded; until then an older worker stays.
          startupProbe:
            httpGet: &live {path: /health/live, port: metrics}
            periodSeconds: 2
            timeoutSeconds: 5
            failureThreshold: 90
          # 503 when the worker's main thread has not come round for minutes.
          livenessProbe:
            httpGet: *live
            periodSeconds: 30
            timeoutSeconds: 15
            failureThreshold: 3
          securityContext:
            {{- include "classifier.containerSecurity" $root | nindent 12 }}
          resources:
            {{- toYaml $values.resources | nindent 12 }}
          volumeMounts:
            {{- include "classifier.mounts" (list $root false false) | nindent 12 }}
      volumes:
        {{- include "classifier.volumes" (list $root "2Gi") | nindent 8 }}
{{- if or $values.autoscaling.enabled (gt (int $values.replicas) 1) }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
{{ include "classifier.metadata" $this }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "classifier.selector" $this | nindent 6 }}
{{- end }}
{{- if $values.autoscaling.enabled }}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
{{ include "classifier.metadata" $this }}
spec:
  scaleTargetRef: {name: {{ include "classifier.name" $root }}-{{ $component }}}
  pollingInterval: 10
  # The lists do not count what workers have in hand: only what has been empty for long is idle.
  cooldownPeriod: 300
  minReplicaCount: {{ $values.autoscaling.min }}
  maxReplicaCount: {{ $values.autoscaling.max }}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        scaleUp:
          stabilizationWindowSeconds: 0
          policies: [{type: Percent, value: 100, periodSeconds: 30}, {type: Pods, value: 2, periodSeconds: 30}]
        scaleDown:
          stabilizationWindowSeconds: 300
          policies: [{type: Pods, value: 1, periodSeconds: 60}]
  triggers:
    {{- range $queues }}
    - type: {{ $root.Values.redis.sentinel.hosts | empty | ternary "redis" "redis-sentinel" }}
      metadata:
        {{- if $root.Values.redis.sentinel.hosts }}
        addresses: {{ join "," $root.Values.redis.sentinel.hosts | quote }}
        sentinelMaster: {{ $root.Values.redis.sentinel.master | quote }}
        {{- else }}
        address: {{ include "classifier.redisHost" $root }}:{{ $root.Values.redis.port }}
        {{- end }}
        databaseIndex: {{ $root.Values.redis.database | quote }}
        enableTLS: {{ $root.Values.redis.tls | quote }}
        {{- with $root.Values.redis.username }}
        username: {{ . | quote }}
        {{- end }}
        listName: rq:queue:{{ . }}
        listLength: {{ (eq . "bulk" | ternary $root.Values.bulkWorker $values).autoscaling.pictures | quote }}
      {{- if or $root.Values.redis.password $root.Values.redis.caSecret }}
      authenticationRef: {name: {{ include "classifier.name" $root }}-redis}
      {{- end }}
    {{- end }}
    {{- with $values.autoscaling.rate }}
    {{- if .prometheus }}
    - type: prometheus
      metadata:
        serverAddress: {{ .prometheus | quote }}
        query: sum(rate(ml_predictions_total{namespace="{{ $root.Release.Namespace }}", job="classifier", answer="new"}[1m]))
        threshold: {{ .pictures | quote }}
    {{- end }}
    {{- end }}
{{- end }}
{{- end }}
