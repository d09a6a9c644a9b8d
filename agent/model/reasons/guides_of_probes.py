"""What to do about a probe that fails."""

from __future__ import annotations

from agent.model.reasons.guide import CONTACT, Guide
from agent.model.vocabulary import Reason

_EFFECT = (
    "The last answer counts until `max_age`, then the checks of this target turn `unknown`. The target may be"
    " down, or only the agent cannot reach it."
)
_CONTACT = "Contact the target from the agent's host, with the agent's user:"
_SEARCH_RIGHTS = "Give the agent's user `monitor` on the cluster and `view_index_metadata` on the index."
_OTHER_PROGRAM = "Correct host and port in the agent's configuration: another program answers there."


def _guide(fix: str, effect: str = _EFFECT, fixes: dict[str, str] | None = None) -> Guide:
    return Guide(effect, _CONTACT, fix, CONTACT, fixes or {})


GUIDES_OF_PROBES = {
    Reason.TIMEOUT: _guide(
        "Check whether the target is overloaded, and whether a firewall or network policy drops packets"
        " between agent and target. A slow target needs a longer `timeout`."
    ),
    Reason.UNREACHABLE: _guide(
        "Check whether the target runs, and whether host and port in the agent's configuration are right. A"
        " target with too many connections refuses new ones."
    ),
    Reason.NAME_NOT_RESOLVED: _guide(
        "Correct the host name in the agent's configuration, or the DNS that the agent uses."
    ),
    Reason.TLS_FAILED: _guide(
        "Compare the names and dates in the message with the certificate of the target, then correct `tls` of"
        " the target: `ca_file`, `cert_file`, `key_file`, `server_name`."
        " `openssl s_client -connect HOST:PORT` shows the certificate."
    ),
    Reason.AUTHENTICATION_FAILED: _guide(
        "Correct the user, or the password or token in its secret file. The agent reads the file for each new"
        " connection, so it needs no restart."
    ),
    Reason.PERMISSION_DENIED: _guide(
        "Grant the right in the message to the agent's user.",
        fixes={
            "postgresql": "Grant the agent's user the right: `GRANT SELECT ON schema_version TO USER`.",
            "mysql": "Grant the agent's user the right: `GRANT SELECT ON DATABASE.schema_version TO USER`.",
            "cassandra": "Grant the agent's user the right:"
            " `GRANT SELECT ON KEYSPACE.schema_version TO USER`.",
            "temporal": "Let the agent's identity call `GetClusterInfo` and `GetSystemInfo`.",
            "elasticsearch": _SEARCH_RIGHTS,
            "opensearch": _SEARCH_RIGHTS,
        },
    ),
    Reason.SECRET_UNREADABLE: _guide(
        "Create the file or variable in the message, and let the agent's user read it. PostgreSQL accepts a"
        " private key only with mode 0600 or stricter."
    ),
    Reason.STORE_UNAVAILABLE: _guide(
        "Repair what the target depends on, such as its own database or the other nodes.",
        fixes={"cassandra": "Repair the nodes that are down: `nodetool status` lists them."},
    ),
    Reason.SCHEMA_DISAGREEMENT: Guide(
        "Schema changes may fail while the nodes disagree. The other facts still count.",
        "List the nodes of each schema: `nodetool describecluster`.",
        "Start the node that is down, or restart the one that stays behind. Upgrade no schema until then.",
    ),
    Reason.NOT_IMPLEMENTED: _guide(_OTHER_PROGRAM + " Or an older version runs, which lacks this request."),
    Reason.BAD_ANSWER: _guide(_OTHER_PROGRAM),
    Reason.ANSWER_TOO_LARGE: _guide(_OTHER_PROGRAM),
    Reason.NO_SERIES: Guide(
        "The versions of single replicas are not known. A mix of versions stays hidden.",
        "Look for the metric: `curl -s http://REPLICA:9090/metrics | grep build_information`.",
        "Use Temporal's own metrics port with the path /metrics, and correct the query or `matchers`.",
    ),
    Reason.DRIVER_MISSING: Guide(
        "The agent cannot read this kind of store at all.",
        "List what is installed: `pip list`.",
        "Run the `pip` command in the message, in the environment of the agent, and restart the agent.",
    ),
    Reason.INTERNAL_ERROR: Guide(
        "The agent failed on this target. The other targets are not affected.",
        "The agent's log has the traceback.",
        "Report the bug with the agent's log.",
    ),
}
