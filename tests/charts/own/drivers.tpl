{{- /* The shape of the charts whose values name a driver for each store: the comparisons are where it changed. */}}
{{- $chart := .Chart.Version }}
{{- $image := .Chart.AppVersion }}
{{- $config := .Values.server.config }}
{{- $stores := $config.persistence }}
{{- $search := .Values.elasticsearch }}
{{- $hasSearch := or $search.enabled $search.external }}
{{- $default := $stores.default.driver }}
{{- if and (semverCompare ">=0.44.0" $chart) .Values.cassandra.enabled }}
{{- $default = "cassandra" }}
{{- end }}
{{- $visibility := $stores.visibility.driver }}
{{- $sqlCondition := ternary $default $visibility (semverCompare "<=0.40.0" $chart) }}
apiVersion: v1
kind: ConfigMap
metadata: {name: config}
data:
  config_template.yaml: |-
    persistence:
      defaultStore: {{ $stores.defaultStore | default "default" }}
      numHistoryShards: {{ $config.numHistoryShards }}
      {{- if and $hasSearch (semverCompare "<=0.20.0" $chart) }}
      visibilityStore: visibility
      advancedVisibilityStore: es-visibility
      {{- else if and $hasSearch (semverCompare "<0.33.0" $chart) }}
      advancedVisibilityStore: es-visibility
      {{- else if and $hasSearch (semverCompare "<0.44.0" $chart) }}
      visibilityStore: es-visibility
      {{- else }}
      visibilityStore: visibility
      {{- end }}
      datastores:
        default:
          {{- if eq $default "cassandra" }}
          {{- include "cassandra" $stores.default.cassandra | nindent 10 }}
          {{- end }}
          {{- if eq $default "sql" }}
          {{- include "sql" $stores.default.sql | nindent 10 }}
          {{- end }}
        visibility:
          {{- if and $hasSearch (semverCompare ">=0.44.0" $chart) }}
          {{- include "search" . | nindent 10 }}
          {{- else }}
          {{- if and (eq $visibility "cassandra") (semverCompare "<0.34.0" $chart) }}
          {{- include "cassandra" $stores.visibility.cassandra | nindent 10 }}
          {{- end }}
          {{- if eq $sqlCondition "sql" }}
          {{- include "sql" $stores.visibility.sql | nindent 10 }}
          {{- end }}
          {{- end }}
        {{- if and $hasSearch (semverCompare "<0.44.0" $chart) }}
        es-visibility:
          {{- include "search" . | nindent 10 }}
        {{- end }}
    global:
      membership: {broadcastAddress: {{ `{{ default .Env.POD_IP "0.0.0.0" }}` }}}
      {{- with $config.tls }}
      tls: {{ toJson . }}
      {{- end }}
    services:
      frontend:
        rpc:
          grpcPort: {{ .Values.server.frontend.service.port }}
          bindOnIP: "0.0.0.0"
          {{- if semverCompare ">=0.44.0" $chart }}
          httpPort: {{ .Values.server.frontend.service.httpPort }}
          {{- end }}
      history: {rpc: {grpcPort: 7234, bindOnIP: "0.0.0.0"}}
      matching: {rpc: {grpcPort: 7235, bindOnIP: "0.0.0.0"}}
      worker: {rpc: {grpcPort: 7239, bindOnIP: "0.0.0.0"}}
    {{- if and $config.clusterMetadata (semverCompare ">=1.4.1" $image) }}
    clusterMetadata: {{ toJson $config.clusterMetadata }}
    {{- else }}
    clusterMetadata:
      currentClusterName: active
      masterClusterName: active
      clusterInformation: {active: {enabled: true, initialFailoverVersion: 1, rpcName: frontend, rpcAddress: "127.0.0.1:7933"}}
    {{- end }}
    {{- if and $hasSearch (semverCompare "<1.10.0" $image) }}
    kafka:
      clusters: {own: {brokers: [{{ .Release.Name }}-kafka-headless:9092]}}
      applications: {visibility: {topic: visibility}}
      topics: {visibility: {cluster: own}}
    {{- end }}
    publicClient: {hostPort: "{{ .Values.fullnameOverride | default (printf "%s-temporal" .Release.Name) }}-frontend:7233"}
{{- define "cassandra" }}
cassandra:
  hosts: {{ join "," .hosts | quote }}
  port: {{ .port }}
  password: {{ `"{{ .Env.PASSWORD }}"` }}
  {{- omit . "hosts" "port" "password" "existingSecret" | toYaml | nindent 2 }}
{{- end }}
{{- define "sql" }}
sql:
  pluginName: {{ .driver }}
  databaseName: {{ .database }}
  connectAddr: "{{ .host }}:{{ .port }}"
  connectProtocol: tcp
  password: {{ `"{{ .Env.PASSWORD }}"` }}
  {{- omit . "driver" "host" "port" "database" "password" "existingSecret" | toYaml | nindent 2 }}
{{- end }}
{{- define "search" }}
elasticsearch:
  url: {scheme: {{ .Values.elasticsearch.scheme }}, host: "{{ .Values.elasticsearch.host }}:{{ .Values.elasticsearch.port }}"}
  {{- if semverCompare ">=1.6.2" .Chart.AppVersion }}
  version: {{ .Values.elasticsearch.version }}
  {{- end }}
  {{- if semverCompare ">=1.3.0" .Chart.AppVersion }}
  username: "{{ .Values.elasticsearch.username }}"
  password: "{{ .Values.elasticsearch.password }}"
  indices: {visibility: {{ .Values.elasticsearch.visibilityIndex }}}
  {{- else }}
  indices: {visibility: temporal-visibility-dev}
  {{- end }}
{{- end }}
