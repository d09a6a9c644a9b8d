{{- /* The shape of the charts whose values list the datastores: they render the section as it is. */}}
{{- $config := .Values.server.config }}
{{- $stores := deepCopy $config.persistence }}
{{- range $store := $stores.datastores }}
{{- range $settings := $store }}
{{- if hasKey $settings "password" }}
{{- $_ := set $settings "password" (printf "{{ env %q }}" "PASSWORD") }}
{{- end }}
{{- end }}
{{- end }}
apiVersion: v1
kind: ConfigMap
metadata: {name: config}
data:
  config_template.yaml: |-
    # enable-template
    persistence:
      {{- toYaml $stores | nindent 6 }}
    global:
      membership: {broadcastAddress: {{ `{{ env "POD_IP" | quote }}` }}}
    services:
      frontend:
        rpc:
          grpcPort: {{ .Values.server.frontend.service.port }}
          httpPort: {{ .Values.server.frontend.service.httpPort }}
          bindOnIP: "0.0.0.0"
      history: {rpc: {grpcPort: 7234, bindOnIP: "0.0.0.0"}}
      matching: {rpc: {grpcPort: 7235, bindOnIP: "0.0.0.0"}}
      worker: {rpc: {bindOnIP: "0.0.0.0"}}
    clusterMetadata:
      currentClusterName: active
      masterClusterName: active
      clusterInformation: {active: {enabled: true, initialFailoverVersion: 1, rpcName: frontend, rpcAddress: "127.0.0.1:7233"}}
    publicClient: {hostPort: "{{ .Release.Name }}-temporal-frontend:7233"}
