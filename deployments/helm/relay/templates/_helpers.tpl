{{/* Name of an object: relay-<service>, whatever the release is called: services find each other by it. */}}
{{- define "relay.name" -}}
relay-{{ . }}
{{- end -}}

{{- define "relay.labels" -}}
app.kubernetes.io/name: {{ include "relay.name" .service }}
app.kubernetes.io/part-of: relay
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end -}}

{{/* An image of your own, or the service's in the registry. */}}
{{- define "relay.image" -}}
{{- if .values.image -}}
{{ .values.image }}
{{- else -}}
{{ .root.Values.image.registry }}/{{ .service }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* The variables that every service has, or every one that talks to Redis. */}}
{{- define "relay.env" -}}
- { name: HOST, value: 0.0.0.0 }
- { name: PORT, value: {{ .port | quote }} }
{{- if .redis }}
- { name: REDIS_URL_FILE, value: /etc/relay/secrets/redis-url }
- { name: RELAY_REDIS_WAIT_MS, value: "0" }
- { name: RELAY_NAMESPACE, value: {{ .root.Values.namespace | quote }} }
- { name: LOG_LEVEL, value: {{ .root.Values.logLevel | quote }} }
{{- if .root.Values.redisCaConfigMap }}
- { name: NODE_EXTRA_CA_CERTS, value: /etc/relay/redis-ca/ca.crt }
{{- end }}
{{- end }}
{{- end -}}

{{/*
The Deployment of a service, and its ServiceAccount.
root, service, values, port; env: a list; grace: seconds; preStop, redis: bool; replicas: a number, or nil when something else scales it; cache: a path that is written to.
*/}}
{{- define "relay.deployment" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "relay.name" .service }}
  labels:
    {{- include "relay.labels" . | nindent 4 }}
automountServiceAccountToken: false
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "relay.name" .service }}
  labels:
    {{- include "relay.labels" . | nindent 4 }}
spec:
  {{- /* 0 is a number of replicas too. */}}
  {{- if not (kindIs "invalid" .replicas) }}
  replicas: {{ .replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  strategy:
    rollingUpdate:
      {{- if eq .service "worker" }}
      maxSurge: 25%
      maxUnavailable: 25%
      {{- else }}
      maxSurge: 1
      maxUnavailable: 0
      {{- end }}
  selector:
    matchLabels:
      app.kubernetes.io/name: {{ include "relay.name" .service }}
  template:
    metadata:
      labels:
        {{- include "relay.labels" . | nindent 8 }}
    spec:
      serviceAccountName: {{ include "relay.name" .service }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      terminationGracePeriodSeconds: {{ .grace }}
      {{- with .root.Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .values.pod }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        runAsGroup: 65532
        fsGroup: 65532
        seccompProfile:
          type: RuntimeDefault
      topologySpreadConstraints:
        {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
        - maxSkew: 1
          topologyKey: {{ . }}
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              app.kubernetes.io/name: {{ include "relay.name" $.service }}
        {{- end }}
      containers:
        - name: {{ .service }}
          image: {{ include "relay.image" . }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          ports:
            - name: http
              containerPort: {{ .port }}
          env:
            {{- /* What values.yaml sets by name takes the place of ours: Kubernetes merges this list by name, and bears none twice. */}}
            {{- $own := .values.env }}
            {{- range (concat (include "relay.env" . | fromYamlArray) .env) }}
            {{- if not (hasKey $own .name) }}
            - name: {{ .name }}
              value: {{ .value | quote }}
            {{- end }}
            {{- end }}
            {{- range $name, $value := $own }}
            - name: {{ $name }}
              {{- /* A large number of values.yaml would be 1e+06. */}}
              {{- if and (kindIs "float64" $value) (eq $value (floor $value)) }}
              value: {{ $value | int64 | quote }}
              {{- else }}
              value: {{ $value | quote }}
              {{- end }}
            {{- end }}
          {{- if .preStop }}
          lifecycle:
            preStop:
              sleep:
                seconds: 5
          {{- end }}
          startupProbe:
            httpGet: { path: /livez, port: http }
            periodSeconds: 2
            failureThreshold: 30
          livenessProbe:
            httpGet: { path: /livez, port: http }
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 3
          readinessProbe:
            httpGet: { path: /readyz, port: http }
            periodSeconds: 5
            timeoutSeconds: 3
            failureThreshold: 2
          resources:
            {{- toYaml .values.resources | nindent 12 }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          volumeMounts:
            - name: secrets
              mountPath: /etc/relay/secrets
              readOnly: true
            {{- if and .redis .root.Values.redisCaConfigMap }}
            - name: redis-ca
              mountPath: /etc/relay/redis-ca
              readOnly: true
            {{- end }}
            {{- if .cache }}
            - name: cache
              mountPath: {{ .cache }}
            {{- end }}
      volumes:
        - name: secrets
          secret:
            secretName: {{ .values.secret }}
            defaultMode: 0440
        {{- if and .redis .root.Values.redisCaConfigMap }}
        - name: redis-ca
          configMap:
            name: {{ .root.Values.redisCaConfigMap }}
        {{- end }}
        {{- if .cache }}
        - name: cache
          emptyDir:
            sizeLimit: 64Mi
        {{- end }}
{{- end -}}

{{/* A Service and a PodDisruptionBudget, where there are such. */}}
{{- define "relay.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "relay.name" .service }}
  labels:
    {{- include "relay.labels" . | nindent 4 }}
spec:
  selector:
    app.kubernetes.io/name: {{ include "relay.name" .service }}
  ports:
    - name: http
      port: {{ .port }}
      targetPort: http
{{- end -}}

{{- define "relay.budget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "relay.name" .service }}
  labels:
    {{- include "relay.labels" . | nindent 4 }}
spec:
  maxUnavailable: {{ .maxUnavailable }}
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      app.kubernetes.io/name: {{ include "relay.name" .service }}
{{- end -}}
