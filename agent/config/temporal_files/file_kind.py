"""What a file is, by its shape, and one sentence for a file that is none of Temporal's two kinds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.config.environment.workload import is_workload
from agent.config.temporal_files.yaml_tree import YamlNode

#: The commands that print what the agent can read.
HELM_COMMAND = "helm get values RELEASE --all -o yaml"
#: Other programs have `global`, `log` and `services`, too.
_OWN_KEYS = frozenset({"persistence", "clusterMetadata", "publicClient"})
_VALUES_COMMAND = f"name the file that `{HELM_COMMAND}` prints with `helm_values`"
_TERRAFORM = re.compile(
    r"^(resource|module|provider|variable|output|data|terraform|locals)\b[^\n:]*\{[ \t]*$", re.MULTILINE
)
_NOMAD = re.compile(r'^job[ \t]+"[^"\n]*"[ \t]*\{', re.MULTILINE)
_SCRIPT = re.compile(r"^#![^\n]*sh\b", re.MULTILINE)
_RUN = re.compile(
    r"^[ \t]*(?:sudo[ \t]+)?(?:docker|podman|nerdctl)[ \t]+(?:container[ \t]+)?run\b", re.MULTILINE
)
#: These have commands in their texts, too.
_MANIFEST = re.compile(r"^(?:apiVersion|services):", re.MULTILINE)
_DOCKERFILE = re.compile(r"^FROM[ \t]+\S+(?:[ \t]+AS[ \t]+\S+)?[ \t]*$", re.MULTILINE | re.IGNORECASE)
_UNIT = re.compile(r"^\[(?:Unit|Service|Container)\][ \t]*\r?$", re.MULTILINE)
#: With templates inside it cannot be read as YAML.
_HELMFILE = re.compile(r"^releases:[ \t]*\r?\n(?:.*\n)*?[ \t]+(?:- )?chart:", re.MULTILINE)
_AS_ENV = (
    "write each variable of Temporal's container as a line NAME=value into a file, and name that file with"
    " `server_env`"
)
_SCRIPT_SENTENCE = f"is a shell script, which the agent does not run: {_AS_ENV}"
_HELMFILE_SENTENCE = f"is a helmfile, which the agent does not evaluate: {_VALUES_COMMAND}"
_TEXTS = (
    (_TERRAFORM, f"is Terraform, which the agent does not read: {_VALUES_COMMAND}; or {_AS_ENV}"),
    (_NOMAD, f"is a job of Nomad, which the agent does not read: {_AS_ENV}"),
    (_SCRIPT, _SCRIPT_SENTENCE),
    (_DOCKERFILE, f"is a Dockerfile, which the agent does not read: {_AS_ENV}"),
    (_HELMFILE, _HELMFILE_SENTENCE),
    (_UNIT, f"is a unit of systemd: name its `EnvironmentFile` with `server_env`, or {_AS_ENV}"),
)
_VARIABLE = re.compile(r"(export[ \t]+)?[A-Za-z_][A-Za-z0-9_]*=.*", re.ASCII)
#: What Argo CD replaces by the root of another source's repository.
_REPOSITORY = re.compile(r"\$[A-Za-z0-9_-]+/")
#: How deep an umbrella chart may contain Temporal's values.
_MAX_DEPTH = 3


def program_text(text: str) -> str:
    """What a text is that other tools run or evaluate, as a sentence without its subject; '' for others."""
    if _RUN.search(text) and not _MANIFEST.search(text):
        return _SCRIPT_SENTENCE
    return next((sentence for pattern, sentence in _TEXTS if pattern.search(text)), "")


def foreign_text(text: str) -> str:
    """What a text is that cannot be YAML of Temporal, as a sentence without its subject; '' for others."""
    if sentence := program_text(text):
        return sentence
    lines = [line.strip() for line in text.splitlines()]
    written = [line for line in lines if line and not line.startswith("#")]
    if written and all(_VARIABLE.fullmatch(line) for line in written):
        return "is a file of environment variables: name it with `server_env`"
    if text.lstrip().startswith("<") and ">" in text:
        return f"is HTML or XML, not YAML: {_VALUES_COMMAND}"
    return ""


def foreign_tree(root: YamlNode) -> str:
    """What a YAML file that is none of Temporal's is, as a sentence without its subject; '' for any other."""
    children = root.children
    if is_workload(root.document.data):
        return "has the variables of a container of Temporal: name it with `server_env`"
    if _is_compose(root):
        return "is a compose file: name it with `server_compose`"
    if "clusters" in children and root["clusters"].items:
        return "is a configuration of this agent, not a file of Temporal"
    if root["releases"].items:
        return _HELMFILE_SENTENCE
    if root["apiVersion"].text and root["version"].text and root["name"].text and not root["kind"].text:
        return f"describes a Helm chart and has no values: {_VALUES_COMMAND}"
    if children and all(_is_dynamic(value) for value in children.values()):
        return (
            "is Temporal's dynamic configuration: name the server's own file with `server_config`; that file"
            " has the path of this one in `dynamicConfigClient.filepath`"
        )
    return ""


def foreign_manifest(root: YamlNode) -> str:
    """The sentence about a Kubernetes object in which no settings of Temporal were found."""
    kind = root["kind"].text[:60]
    name = root.at("metadata", "name").text[:60] or "NAME"
    if is_workload(root.document.data):
        return f"is a {kind} with the variables of a container of Temporal: name it with `server_env`"
    if has_template(root):
        return (
            f"is a {kind} with a template: name the variables of its container,"
            f" `server_config: {{file: …, env: temporal.env}}`; or {_VALUES_COMMAND}"
        )
    if kind == "ConfigMap":
        command = f"kubectl get configmap {name} -o jsonpath='{{.data.config_template\\.yaml}}'"
        return f"is a ConfigMap without Temporal's own configuration; `{command}` prints a server's"
    if kind == "Secret":
        command = f"kubectl get secret {name} -o jsonpath='{{.data.KEY}}' | base64 -d"
        return f"is a Secret with encoded data: name the file that `{command}` prints"
    if kind == "List":
        return f"is a list of Kubernetes objects without Temporal's settings: {_VALUES_COMMAND}"
    if kind == "TemporalCluster":
        return (
            f"is a TemporalCluster of {root['apiVersion'].text[:60]}, an unknown operator: name"
            f" the server's own file with `server_config`: {_RENDERED_COMMAND}"
        )
    if kind in _OF_OPERATOR:
        return (
            f"is a {kind} of temporal-operator, which has no stores: name the file that"
            " `kubectl get temporalcluster NAME -o yaml` prints with `server_config`"
        )
    where = _WITHOUT_VALUES.get(kind or "Kustomization")
    if where is not None and (elsewhere := _values_elsewhere(root)):
        return f"is {where} without settings of Temporal's server inside: {elsewhere}"
    if where is not None:
        advice = _CONFIG_MAP if kind in _WITHOUT_RELEASE else _VALUES_COMMAND
        return f"is {where} without settings of Temporal's server inside: {advice}"
    return f"is a Kubernetes object of kind {kind}, without Temporal's settings: {_VALUES_COMMAND}"


def has_template(root: YamlNode) -> bool:
    """Whether a ConfigMap or Secret, or one in a list, has a template of the server's own file."""
    maps = [each for each in (root, *root["items"].items) if each["kind"].text in ("ConfigMap", "Secret")]
    texts = [
        value.text
        for each in maps
        for section in ("data", "stringData")
        for value in each[section].children.values()
    ]
    return any("{{" in text and "persistence:" in text for text in texts)


def values_command(source: YamlNode) -> str:
    """How to get the values that a Flux HelmRelease takes from a ConfigMap or Secret."""
    kind, name = source["kind"].text[:60], source["name"].text[:60]
    key = (source["valuesKey"].text[:60] or "values.yaml").replace(".", "\\.")
    decoded = " | base64 -d" if kind == "Secret" else ""
    command = f"kubectl get {kind.lower()} {name} -o jsonpath='{{.data.{key}}}'{decoded}"
    return f"`{command}` prints these values; list that file first, `helm_values: [VALUES, MANIFEST]`"


def _values_elsewhere(root: YamlNode) -> str:
    """What to do about values that a manifest only names; '' if it names none."""
    spec = root["spec"].at("template", "spec") if root["kind"].text == "ApplicationSet" else root["spec"]
    files = [
        item
        for source in (spec["source"], *spec["sources"].items)
        for item in source.at("helm", "valueFiles").items
    ]
    for chart in (root, *root["helmCharts"].items):
        files += [item for item in (chart["valuesFile"], *chart["additionalValuesFiles"].items) if item.text]
    if files:
        names = ", ".join(_REPOSITORY.sub("", item.text)[:60] for item in files[:5])
        return f"name the files of values that it lists: `helm_values: [{names}]`"
    sources = spec["valuesFrom"].items
    return values_command(sources[0]) if sources else ""


#: Kinds of temporal-operator besides TemporalCluster.
_OF_OPERATOR = frozenset(
    {"TemporalClusterClient", "TemporalNamespace", "TemporalSchedule", "TemporalSearchAttribute"}
    | {"TemporalWorkerProcess"}
)
#: The services of a server's own file have none of these.
_COMPOSE_KEYS = frozenset(
    {"image", "build", "extends", "environment", "env_file", "ports", "volumes", "depends_on", "command"}
)
#: These render the chart themselves, so Helm knows no release.
_WITHOUT_RELEASE = frozenset(
    {"", "Application", "ApplicationSet", "Kustomization", "HelmChartInflationGenerator"}
)
_RENDERED_COMMAND = "`kubectl exec POD -- cat /etc/temporal/config/docker.yaml` prints it"
_CONFIG_MAP = "name the file that `kubectl get configmap RELEASE-config -o yaml` prints with `server_config`"
_WITHOUT_VALUES = {
    "Application": "an Argo CD Application",
    "ApplicationSet": "an Argo CD ApplicationSet",
    "HelmRelease": "a Flux HelmRelease",
    "HelmChart": "a HelmChart of K3s",
    "HelmChartConfig": "a HelmChartConfig of K3s",
    "Kustomization": "a Kustomization",
    "HelmChartInflationGenerator": "a HelmChartInflationGenerator of kustomize",
}


def is_server_config(root: YamlNode) -> bool:
    """Whether it has the shape of the server's own configuration, and of nothing else."""
    persistence, services = root["persistence"], root["services"].children.values()
    return bool(
        any(service["rpc"].is_there for service in services)
        or persistence["datastores"].is_there
        or persistence["defaultStore"].text
        or root.at("clusterMetadata", "currentClusterName").text
        or root.at("publicClient", "hostPort").text
    )


def may_be_server_config(root: YamlNode) -> bool:
    """Whether it has any part of the server's own configuration at its top."""
    return is_server_config(root) or bool(root.children.keys() & _OWN_KEYS)


def has_values(root: YamlNode) -> bool:
    """Whether it has, at its top, values of Temporal's chart: surely those of the server."""
    return bool(root.at("server", "config").children)


def parts_with_values(root: YamlNode, depth: int = _MAX_DEPTH) -> Iterator[YamlNode]:
    """The parts of an umbrella chart's values that are values of Temporal's chart."""
    if has_values(root):
        yield root
    elif depth:
        for child in root.children.values():
            yield from parts_with_values(child, depth - 1)


def _is_compose(root: YamlNode) -> bool:
    services = root["services"].children.values()
    return any(each.children.keys() & _COMPOSE_KEYS for each in services)


def _is_dynamic(value: YamlNode) -> bool:
    return bool(value.items) and all("value" in item.children for item in value.items)
