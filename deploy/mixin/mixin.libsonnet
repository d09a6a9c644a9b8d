// Rules and dashboards as a Jsonnet mixin. It needs a Jsonnet with std.parseYaml: go-jsonnet 0.18 or later.
// A test compares the defaults, the rules and the dashboards with what the commands `rules` and `dashboards` write.
{
  _config+:: {
    // `temporal-compat-agent rules --help` explains each threshold. keep_firing_for must be longer than agent_down_for.
    thresholds: {
      schema_behind_for: '1m',
      schema_unsupported_for: '10m',
      would_not_start_for: '1m',
      unsupported_for: '10m',
      unknown_for: '15m',
      mixed_versions_for: '1h',
      critical_advisory_for: '10m',
      end_of_life_days: '90',
      minors_behind: '3',
      waiver_days: '14',
      matrix_days: '90',
      dates_for: '1h',
      probe_failing_for: '10m',
      agent_down_for: '5m',
      stale_after: '10m',
      rounds_skipped: '5',
      rounds_skipped_for: '10m',
      reload_failed_for: '5m',
      hold: '1d',
      keep_firing_for: '10m',
    },
    // The base URL of the runbooks. By default a template of Prometheus: those that the agent itself serves.
    runbook_url: '{{ with query "topk(1, last_over_time(temporal_compat_web_info[1w]))" }}{{ with . | first }}{{ or .Labels.external_url (printf "http://%s" .Labels.instance) }}{{ end }}/runbooks{{ else }}docs/runbooks{{ end }}',
  },

  local places = $._config.thresholds { runbook_url: $._config.runbook_url },
  local text = std.foldl(
    function(text, name) std.strReplace(text, '<<%s>>' % name, places[name]),
    std.objectFields(places),
    importstr '../../dashboards/rules/temporal-compat.rules.yaml.in',
  ),

  // Also the recording rules: an alert reads what a rule before it in the same group has recorded.
  prometheusAlerts+:: std.parseYaml(text),

  grafanaDashboards+:: {
    'temporal-compat-agent.json': import '../../dashboards/grafana/temporal-compat-agent.json',
    'temporal-compat-cluster.json': import '../../dashboards/grafana/temporal-compat-cluster.json',
    'temporal-compat-fleet.json': import '../../dashboards/grafana/temporal-compat-fleet.json',
  },
}
