{{- define "medembed.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 48 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 48 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 48 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "medembed.workerName" -}}
{{- include "medembed.fullname" . }}-worker
{{- end -}}

{{/* What selects pods; the name is that of the release, so it needs no other. */}}
{{- define "medembed.selector" -}}
app.kubernetes.io/name: {{ include "medembed.fullname" . }}
{{- end -}}

{{- define "medembed.workerSelector" -}}
app.kubernetes.io/name: {{ include "medembed.workerName" . }}
{{- end -}}

{{- define "medembed.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "medembed.image" -}}
{{- .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* medembed.yaml */}}
{{- define "medembed.config" -}}
{{- merge (dict "host" "0.0.0.0" "port" 8080) .Values.config | toYaml -}}
{{- end -}}

{{/* host:port of the address of a Redis server */}}
{{- define "medembed.redisHost" -}}
{{- $host := (urlParse .).host -}}
{{- if regexMatch ":[0-9]+$" $host -}}{{ $host }}{{- else -}}{{ $host }}:6379{{- end -}}
{{- end -}}

{{/* Node's user in the image, and what every pod has */}}
{{- define "medembed.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "medembed.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* Egress rules: names, and some ports */}}
{{- define "medembed.egressTo" -}}
- ports:
    - { port: 53, protocol: UDP }
    - { port: 53, protocol: TCP }
- ports:
    {{- range . }}
    - { port: {{ . }}, protocol: TCP }
    {{- end }}
{{- end -}}

{{/* Where pods may run, and the pull secrets */}}
{{- define "medembed.placement" -}}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
