"""The monitoring mixin: Grafana dashboards as code, their JSON, and Prometheus rules."""
