"""Reasons about releases and versions of the server, its replicas, its stores and other components."""

from __future__ import annotations

from agent.model.reasons.info import (
    NEED_AN_ANSWER,
    ReasonInfo,
    supported,
    unknown,
    unsupported,
    untested,
)
from agent.model.vocabulary import Check, Reason

_VERSION, _SCHEMA, _PLUGIN = Check.VERSION, Check.SCHEMA, Check.PLUGIN
_REPLICAS, _PREREQUISITES, _TOOLCHAIN = Check.REPLICAS, Check.PREREQUISITES, Check.TOOLCHAIN
_PATH = Check.PATH
#: Checks that depend on which release runs.
_BY_RELEASE = (_VERSION, _SCHEMA, _PLUGIN, _PREREQUISITES)

OF_VERSIONS = (
    ReasonInfo(
        Reason.RELEASE_KNOWN,
        "The server runs a known release",
        "The server reports a release of the matrix.",
        supported(_VERSION),
    ),
    ReasonInfo(
        Reason.DOCUMENTED,
        "Documentation lists this version",
        "Documentation lists the series for this release.",
        supported(_VERSION, _TOOLCHAIN),
    ),
    ReasonInfo(
        Reason.TESTED_BY_RELEASE,
        "The release was tested with this version",
        "The release's own tests use the series.",
        supported(_VERSION),
    ),
    ReasonInfo(
        Reason.WITHIN_TESTED_RANGE,
        "The version is between tested ones",
        "The series is between the lowest and the highest tested series.",
        supported(_VERSION),
    ),
    ReasonInfo(
        Reason.SAME_VERSION,
        "All replicas run one version",
        "Every replica that was seen runs the same version.",
        supported(_REPLICAS),
    ),
    ReasonInfo(
        Reason.MIXED_VERSIONS,
        "Several versions run at the same time",
        "Replicas of neighbouring versions run at the same time, or nodes of a store run different versions.",
        supported(_REPLICAS),
        is_finding=True,
        runbook="TemporalMixedVersions",
    ),
    ReasonInfo(
        Reason.NEXT_HOP,
        "The release is the next hop",
        "The upgrade path from the running release has no other hop before this release.",
        supported(_PATH),
    ),
    ReasonInfo(
        Reason.NOT_USED,
        "The release does not use this",
        "The component or setting is configured, but the release does not use it.",
        supported(_VERSION, _PLUGIN),
        is_finding=True,
    ),
    ReasonInfo(
        Reason.NEWER_RECOMMENDED,
        "Temporal recommends a newer version",
        "The Temporal project recommends a newer version to this server. The server gets this advice when it"
        " calls home.",
        supported(_VERSION),
        is_finding=True,
    ),
    ReasonInfo(
        Reason.SERVER_ALERT,
        "Temporal has an alert for this server",
        "The Temporal project sent this server an alert. The message quotes it.",
        supported(_VERSION),
        is_finding=True,
    ),
    ReasonInfo(
        Reason.RELEASE_NOT_READ,
        "The release is known, but its facts are not",
        "The release is known to exist, but the matrix has no facts of its own about it. With `unknown`: the"
        " releases before and after it differ here.",
        untested(_VERSION, _TOOLCHAIN) | unknown(_SCHEMA, _PLUGIN, _PREREQUISITES),
    ),
    ReasonInfo(
        Reason.UNTESTED_NEWER,
        "Version is newer than any listed one",
        "The version is newer than anything listed for this release.",
        untested(_VERSION),
    ),
    ReasonInfo(
        Reason.UNTESTED_SERIES,
        "No source mentions this version",
        "No source confirms this series or rules it out.",
        untested(_VERSION),
    ),
    ReasonInfo(
        Reason.UNTESTED_FLAVOR,
        "A compatible product runs instead of the original",
        "A compatible product runs, which uses the protocol of the component.",
        untested(_VERSION),
    ),
    ReasonInfo(
        Reason.TRIED,
        "Untested, but a trial worked",
        "No source confirms this version, but this project ran the release on it, and everything in the trial"
        " worked. A waiver of `untested_newer`, `untested_series` or `untested_flavor` accepts this too.",
        untested(_VERSION),
    ),
    ReasonInfo(
        Reason.CUSTOM_STORE,
        "A custom datastore cannot be verified",
        "The role uses a custom datastore. The release supports custom datastores, but no source says"
        " whether this one works.",
        untested(_VERSION),
    ),
    ReasonInfo(
        Reason.HOP_SKIPPED,
        "The upgrade path has another hop first",
        "The release is a neighbouring minor, but the plan has another hop before it: the newest patch of the"
        " running minor, or steps while the running release still runs.",
        untested(_PATH),
    ),
    ReasonInfo(
        Reason.BELOW_MINIMUM,
        "Version is older than the release accepts",
        "The version is older than a stated minimum, or than the oldest listed series.",
        unsupported(_VERSION, _TOOLCHAIN),
        remedy="Upgrade {component} before this step of the upgrade.",
        has_published_remedy=True,
    ),
    ReasonInfo(
        Reason.TRIAL_FAILED,
        "The release failed on this version in a trial",
        "This project ran the release on this version, and the trial failed twice at the same step.",
        unsupported(_VERSION),
        remedy="Change {component} to a version that `matrix show {release}` lists.",
    ),
    ReasonInfo(
        Reason.COMPONENT_NOT_SUPPORTED,
        "The release does not work with this component",
        "The release does not accept this component in this role. With `unknown`, it therefore has no schema"
        " to compare with.",
        unsupported(_VERSION) | unknown(_SCHEMA),
        remedy="Before this step of the upgrade, move {role} to a store that this release accepts.",
        has_published_remedy=True,
    ),
    ReasonInfo(
        Reason.MINOR_SKIPPED,
        "A minor is skipped",
        "Replicas run at the same time, and their minors are not neighbours; or the assumed release, or the"
        " rollback of a plan, skips a minor.",
        unsupported(_REPLICAS, _PATH),
    ),
    ReasonInfo(
        Reason.RELEASE_BROKEN,
        "The release is broken",
        "The release is retracted, or broken for the stores in use. In a rollback: it cannot read what the"
        " running release wrote.",
        unsupported(_VERSION, _PATH),
        has_published_remedy=True,
    ),
    ReasonInfo(
        Reason.NOT_YET_OBSERVED,
        "Not observed yet",
        "No probe has finished yet.",
        unknown(*NEED_AN_ANSWER),
    ),
    ReasonInfo(
        Reason.OBSERVATION_TOO_OLD,
        "The last answer is too old",
        "The last answer is older than `max_age`.",
        unknown(*NEED_AN_ANSWER, _PLUGIN),
    ),
    ReasonInfo(
        Reason.VERSION_UNREADABLE,
        "The version cannot be read",
        "The reported text cannot be parsed as a version; the API shows it unchanged. Or no version was"
        " reported: Grafana hides it (`hide_version`) from anonymous users.",
        unknown(*NEED_AN_ANSWER, _TOOLCHAIN),
        is_probe_failure=True,
        hint="check the address, and give the agent a login where the version is hidden from anonymous users",
    ),
    ReasonInfo(
        Reason.RELEASE_UNKNOWN,
        "The server runs an unknown release",
        "No release of the matrix reports this version, and the releases before and after it differ here.",
        unknown(*_BY_RELEASE, _TOOLCHAIN),
    ),
    ReasonInfo(
        Reason.RELEASE_AMBIGUOUS,
        "Several releases report this version",
        "Several releases report this version. With `unknown`: they differ here. With `supported`: they"
        " agree.",
        supported(_VERSION) | unknown(*_BY_RELEASE),
        is_finding=True,
    ),
    ReasonInfo(
        Reason.SERVER_UNKNOWN,
        "The server's release is not known",
        "The store was read, but the server was not, so its release is not known.",
        unknown(_VERSION, _SCHEMA, _PLUGIN, _PATH),
    ),
)
