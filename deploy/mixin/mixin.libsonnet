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
    // The base URL of runbooks of your own, each NAME.md. null: the runbooks that the agent itself serves.
    runbook_url: null,
  },

  // A template of Prometheus, as in agent/mixin.py.
  local agent_url = '{{ with printf "topk(1, 3 * (temporal_compat_web_info and on (job, instance) temporal_compat_cluster_info{temporal_cluster=%q}) or 2 * temporal_compat_web_info or last_over_time(temporal_compat_web_info[1w]))" $labels.temporal_cluster | query }}{{ with . | first }}{{ or .Labels.external_url (printf "%s://%s" (or .Labels.scheme "http") .Labels.instance) }}{{ end }}{{ else }}http://AGENT:17233{{ end }}',
  local isOwn = $._config.runbook_url != null,
  local places = $._config.thresholds {
    agent_url: agent_url,
    runbook_url: if isOwn then $._config.runbook_url else agent_url + '/runbooks',
    runbook_suffix: if isOwn then '.md' else '{{ with $labels.temporal_cluster }}?cluster={{ . }}{{ end }}',
  },
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
