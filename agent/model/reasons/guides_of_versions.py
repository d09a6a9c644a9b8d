"""What to do about reasons of releases and versions."""

from __future__ import annotations

from agent.model.reasons.guide import CONTACT, Guide
from agent.model.vocabulary import Reason

_GOOD = "Nothing is wrong."
_NOTHING = "Nothing to do."
_SHOW = (
    "`temporal-compat-agent matrix show RELEASE --sources` lists the versions of each component, with their"
    " sources."
)
_TRIALS = (
    "`temporal-compat-agent matrix show RELEASE` lists the trials; docs/evidence.md says what a trial does."
)
_RUNNING = "Compare with `temporal --address FRONTEND:7233 operator cluster system`."
_NOT_COMPATIBLE = "The agent cannot judge the cluster. Unknown never counts as compatible."
_TEST_FIRST = (
    "Test this version under load on a staging cluster, or change to a version that the sources list."
)
_UPDATE_AGENT = "Update the agent, or its matrix: a later matrix may know this release."

GUIDES_OF_VERSIONS = {
    Reason.RELEASE_KNOWN: Guide(_GOOD, _RUNNING, _NOTHING),
    Reason.DOCUMENTED: Guide(_GOOD, _SHOW, _NOTHING),
    Reason.TESTED_BY_RELEASE: Guide(_GOOD, _SHOW, _NOTHING),
    Reason.WITHIN_TESTED_RANGE: Guide(_GOOD, _SHOW, _NOTHING),
    Reason.SAME_VERSION: Guide(
        _GOOD, "Compare the version of each replica, such as the image of each pod.", _NOTHING
    ),
    Reason.NEXT_HOP: Guide(
        _GOOD, "`temporal-compat-agent plan --to RELEASE` prints the whole path.", _NOTHING
    ),
    Reason.MIXED_VERSIONS: Guide(
        "Normal during a rollout. Neighbouring minors work together; a mix for hours means that a rollout"
        " hangs.",
        "Compare the version of each replica or node, such as the image of each pod.",
        "Finish the rollout, or roll it back.",
    ),
    Reason.NOT_USED: Guide(
        "Harmless: the release ignores it.",
        _SHOW,
        "Remove it from the configuration, or leave it until the next change.",
    ),
    Reason.NEWER_RECOMMENDED: Guide(
        "Not urgent by itself. Read the release notes of the recommended version for security fixes.",
        _RUNNING,
        "Plan the upgrade: `temporal-compat-agent plan --to RELEASE`.",
    ),
    Reason.SERVER_ALERT: Guide(
        "As bad as the alert says: Temporal sends alerts for faults and vulnerabilities of a release.",
        _RUNNING,
        "Do what the alert in the message says.",
    ),
    Reason.RELEASE_NOT_READ: Guide(
        "The release may work. The agent has no facts of its own about it.", _SHOW, _UPDATE_AGENT
    ),
    Reason.UNTESTED_NEWER: Guide("It often works, but nobody has confirmed it.", _SHOW, _TEST_FIRST),
    Reason.UNTESTED_SERIES: Guide("It may work, but nobody has confirmed it.", _SHOW, _TEST_FIRST),
    Reason.UNTESTED_FLAVOR: Guide(
        "It may work, but Temporal's tests do not cover this product.",
        _SHOW,
        "Ask the vendor for its statement about Temporal, and test under load on a staging cluster.",
    ),
    Reason.TRIED: Guide(
        "It worked in a short trial without load. Nobody else has confirmed it.",
        _TRIALS,
        _TEST_FIRST,
    ),
    Reason.CUSTOM_STORE: Guide(
        "Only the authors of the datastore can say whether it works with this release.",
        "Compare the Temporal version in the datastore's own `go.mod` with the running release.",
        "Test the datastore with this release, then accept the finding with a waiver.",
    ),
    Reason.HOP_SKIPPED: Guide(
        "The release may start, but the documented path goes through another release first.",
        "`temporal-compat-agent plan --to RELEASE` prints the whole path.",
        "Deploy the hop in the message first, or accept the risk with `--allow-skip`.",
    ),
    Reason.BELOW_MINIMUM: Guide(
        "The server may run today. It can fail on a feature that the old version lacks, also in the next"
        " schema step.",
        _SHOW,
        "Upgrade the component to a version that the message names, or go back to the last Temporal release"
        " that accepts this version.",
    ),
    Reason.TRIAL_FAILED: Guide(
        "The step in the message will probably fail on your cluster too.",
        _TRIALS,
        "Move to a version that the release accepts. If your cluster works, report it, and accept the finding"
        " with a waiver.",
    ),
    Reason.COMPONENT_NOT_SUPPORTED: Guide(
        "The release has no driver for this store in this role. In most roles the server does not start.",
        _SHOW,
        "Move this role to a store that the release accepts, or go back to the last release that accepts this"
        " one.",
    ),
    Reason.MINOR_SKIPPED: Guide(
        "Replicas that are more than one minor apart may not understand each other. Workflows can fail.",
        "Compare the version of each replica, such as the image of each pod.",
        "Finish or undo the rollout, and upgrade one minor at a time.",
    ),
    Reason.RELEASE_BROKEN: Guide(
        "Serious: the release was retracted, or has a fault that affects the stores in use.",
        _SHOW,
        "Upgrade to the release in the message, or to the next patch.",
    ),
    Reason.NOT_YET_OBSERVED: Guide(
        _NOT_COMPATIBLE,
        "`/-/ready` of the agent answers 200 as soon as each cluster has finished its first round.",
        "Wait for one interval. If it stays, look for a failed probe of this target.",
    ),
    Reason.OBSERVATION_TOO_OLD: Guide(
        _NOT_COMPATIBLE,
        "Contact the target from the agent's host:",
        "Find out why the probe of this target fails: its finding and the agent's log name the reason.",
        CONTACT,
    ),
    Reason.VERSION_UNREADABLE: Guide(
        _NOT_COMPATIBLE,
        "Contact the target from the agent's host:",
        "Check that the address is the target's own, and that no proxy answers in its place.",
        CONTACT,
        {
            "grafana": "Give the agent a login: Grafana hides its version from anonymous users"
            " (`hide_version`)."
        },
    ),
    Reason.RELEASE_UNKNOWN: Guide(_NOT_COMPATIBLE, _RUNNING, _UPDATE_AGENT),
    Reason.RELEASE_AMBIGUOUS: Guide(
        "Harmless where the releases agree. With `unknown` the agent cannot say which schema is needed.",
        _RUNNING,
        "Configure `temporal.metrics`, which names the release, or upgrade the schema to the higher of the"
        " two versions.",
    ),
    Reason.SERVER_UNKNOWN: Guide(
        _NOT_COMPATIBLE,
        "Contact the frontend from the agent's host:",
        "Repair the connection to the frontend: its finding names the reason.",
        {"temporal": CONTACT["temporal"]},
    ),
}
