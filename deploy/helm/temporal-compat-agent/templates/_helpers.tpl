{{- define "agent.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "agent.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "agent.labels" -}}
{{ include "agent.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "agent.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end -}}
{{- end -}}

{{- define "agent.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default (include "agent.name" .) }}
{{- else -}}
{{ .Values.serviceAccount.name | default "default" }}
{{- end -}}
{{- end -}}

{{- define "agent.configMap" -}}
{{ .Values.existingConfigMap | default (include "agent.name" .) }}
{{- end -}}

{{/* The configuration file, with what the chart itself adds to it. */}}
{{- define "agent.config" -}}
{{- $config := .Values.config -}}
{{- if and (eq .Values.reload "watch") (not (hasKey $config "watch")) -}}
{{- $config = merge (dict "watch" true) $config -}}
{{- end -}}
{{- if and .Values.clusterConfigMaps (not (hasKey $config "cluster_files")) -}}
{{- $config = merge (dict "cluster_files" (list "/etc/temporal-compat-clusters/*.yaml")) $config -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{- define "agent.volumeMounts" -}}
- name: config
  mountPath: /etc/temporal-compat-agent
  readOnly: true
{{- if .Values.clusterConfigMaps }}
- name: clusters
  mountPath: /etc/temporal-compat-clusters
  readOnly: true
{{- end }}
{{- range .Values.secrets }}
- name: {{ printf "secret-%s" . | quote }}
  mountPath: {{ printf "/run/secrets/%s" . | quote }}
  readOnly: true
{{- end }}
{{- end -}}

{{/* `configMap`: the name of the configuration's ConfigMap. `root`: the chart. */}}
{{- define "agent.volumes" -}}
- name: config
  configMap:
    name: {{ .configMap | quote }}
{{- with .root.Values.clusterConfigMaps }}
- name: clusters
  projected:
    sources:
      {{- range . }}
      - configMap:
          name: {{ . | quote }}
          optional: true
      {{- end }}
{{- end }}
{{- range .root.Values.secrets }}
- name: {{ printf "secret-%s" . | quote }}
  secret:
    secretName: {{ . | quote }}
{{- end }}
{{- end -}}

{{- define "agent.env" -}}
{{- range .Values.env }}
- name: {{ .name | quote }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret | quote }}
      key: {{ .key | quote }}
{{- end }}
{{- end -}}

{{- define "agent.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "agent.podSettings" -}}
serviceAccountName: {{ include "agent.serviceAccount" . }}
automountServiceAccountToken: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.podSecurityContext }}
securityContext: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The same as `temporal-compat-agent rules` writes; a test compares them. */}}
{{- define "agent.rules" -}}
{{- $text := .Files.Get "files/rules.yaml.in" -}}
{{- range $name, $value := .Values.prometheusRule.thresholds -}}
{{- $text = $text | replace (printf "<<%s>>" $name) (toString $value) -}}
{{- end -}}
{{- $text -}}
{{- end -}}

{{/* Seconds of a duration of Prometheus, such as 1m30s. */}}
{{- define "agent.seconds" -}}
{{- $units := dict "ms" 0.001 "s" 1 "m" 60 "h" 3600 "d" 86400 "w" 604800 "y" 31536000 -}}
{{- $sum := 0.0 -}}
{{- range regexFindAll "[0-9]+[a-z]+" . -1 -}}
{{- $sum = addf $sum (mulf (regexFind "[0-9]+" .) (get $units (regexFind "[a-z]+" .))) -}}
{{- end -}}
{{- $sum -}}
{{- end -}}

{{/* Fails if `monitor` (named `name`) gives a scrape more time than there is between two of them. */}}
{{- define "agent.checkTimes" -}}
{{- if gt (include "agent.seconds" .monitor.scrapeTimeout | float64) (include "agent.seconds" .monitor.interval | float64) -}}
{{- fail (printf "%s.scrapeTimeout %s is longer than %s.interval %s: the Prometheus operator refuses that" .name .monitor.scrapeTimeout .name .monitor.interval) -}}
{{- end -}}
{{- end -}}

{{/* Fails if a secret is in the configuration itself, or given twice. `node`: a part of it. `place`: its path. */}}
{{- define "agent.checkSecrets" -}}
{{- $place := .place -}}
{{- if kindIs "map" .node -}}
{{- range $key := list "password" "token" "api_key" -}}
{{- $file := printf "%s_file" $key -}}
{{- if and (get $.node $key) (get $.node $file) -}}
{{- fail (printf "%s has %s and %s: set one" $place $key $file) -}}
{{- end -}}
{{- if and (get $.node $key) (not (hasPrefix "${" (toString (get $.node $key)))) -}}
{{- fail (printf "%s has its %s in clear text, and everybody can read a ConfigMap: use env or secrets of this chart" $place $key) -}}
{{- end -}}
{{- end -}}
{{- range $key, $value := .node -}}
{{- include "agent.checkSecrets" (dict "node" $value "place" (printf "%s.%s" $place $key)) -}}
{{- end -}}
{{- else if kindIs "slice" .node -}}
{{- range $number, $value := .node -}}
{{- include "agent.checkSecrets" (dict "node" $value "place" (printf "%s[%d]" $place $number)) -}}
{{- end -}}
{{- else if regexMatch "^[a-z]+://[^/]*:[^/]*@" (toString .node) -}}
{{- fail (printf "%s has a password in clear text, and everybody can read a ConfigMap: use env or secrets of this chart" $place) -}}
{{- end -}}
{{- end -}}
