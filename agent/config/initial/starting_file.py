"""The configuration that `config init` writes without a file: an example to fill in."""

from __future__ import annotations

#: Host names in it end in `.invalid`, which no machine can have (RFC 2606), until people write their own.
STARTING_FILE = """\
# The configuration of temporal-compat-agent. Fill in what ends in `.invalid`, then run
#   temporal-compat-agent config check FILE --probe
# All keys: docs/configuration.md. To start from what you have, name it:
#   temporal-compat-agent config init --from compose.yaml
#   helm get values --all temporal | temporal-compat-agent config init --from -
interval: 60s
clusters:
  - name: fill-in # the value of the label `temporal_cluster`
    # One of these lines replaces `temporal`, `persistence` and `visibility` below:
    #   server_config: /etc/temporal/config/docker.yaml
    #   helm_values: values.yaml
    #   server_compose: compose.yaml
    #   server_env: temporal.env
    temporal:
      frontend: temporal-frontend.invalid:7233
    persistence: # or mysql, cassandra, sqlite
      postgresql:
        host: postgresql.invalid
        database: temporal
        plugin: postgres12 # the server's `pluginName`
        user: agent # needs only SELECT on schema_version
        password: ${TEMPORAL_PERSISTENCE_PASSWORD} # a variable of the environment; or password_file: PATH
    visibility: # or mysql, cassandra, sqlite, elasticsearch, opensearch
      postgresql:
        host: postgresql.invalid
        database: temporal_visibility
        plugin: postgres12
        user: agent
        password: ${TEMPORAL_VISIBILITY_PASSWORD}
"""
