"""The schemas of custom resources that operators define, and a validator for manifests of them.

A definition also has rules in CEL (`x-kubernetes-validations`). Only Kubernetes evaluates these.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache as once
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import yaml

from . import cache, toolchain
from .schemas import schema_problems


@dataclass(frozen=True)
class Operator:
    """A Go module with the definitions of an operator. `kinds`: each kind with its file in the module."""

    group: str
    module: str
    checksum: str
    kinds: dict[str, str]


_PROMETHEUS_FOLDER = "example/prometheus-operator-crd/monitoring.coreos.com"
OPERATORS = (
    Operator(
        "monitoring.coreos.com",
        "github.com/prometheus-operator/prometheus-operator@v0.85.0",
        "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
        {
            "Probe": f"{_PROMETHEUS_FOLDER}_probes.yaml",
            "PrometheusRule": f"{_PROMETHEUS_FOLDER}_prometheusrules.yaml",
            "ServiceMonitor": f"{_PROMETHEUS_FOLDER}_servicemonitors.yaml",
        },
    ),
    Operator(
        "grafana.integreatly.org",
        "github.com/grafana/grafana-operator/v5@v5.18.0",
        "h1:ei7N2VfjsRjY8iprenH1IDV783WeV7CP5VNp//sB4hI=",
        {"GrafanaDashboard": "config/crd/bases/grafana.integreatly.org_grafanadashboards.yaml"},
    ),
)

#: Kubernetes, "Object Names and IDs" and "Labels and Selectors".
_NAME = {"type": "string", "maxLength": 253, "pattern": r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"}
_LABEL = {"type": "string", "maxLength": 63, "pattern": r"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$"}
_METADATA = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": _NAME,
        "namespace": _NAME,
        "labels": {"type": "object", "additionalProperties": _LABEL},
        "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}


def is_custom(manifest: dict[str, Any]) -> bool:
    """Whether one of the operators defines the manifest's kind."""
    return manifest["apiVersion"].partition("/")[0] in {each.group for each in OPERATORS}


def custom_resource_problems(manifests: list[dict[str, Any]]) -> list[str]:
    """What the operators' schemas say against these manifests. A key that the schema lacks counts."""
    problems = []
    for manifest in manifests:
        schema = _schema(manifest["apiVersion"], manifest["kind"])
        with NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(schema, file)
            file.flush()
            problems += [
                f"{manifest['kind']} {manifest['metadata']['name']}: {problem}"
                for problem in schema_problems(manifest, Path(file.name))
            ]
    return problems


@once
def _schema(api_version: str, kind: str) -> Any:
    group, _, version = api_version.partition("/")
    (operator,) = (each for each in OPERATORS if each.group == group)
    inputs = [part.encode() for part in (operator.module, operator.checksum, *operator.kinds.values())]
    folder = cache.entry(
        "custom-resources",
        operator.group,
        inputs,
        lambda folder: toolchain.module_files(
            operator.module, operator.checksum, list(operator.kinds.values()), folder
        ),
    )
    text = (folder / Path(operator.kinds[kind]).name).read_text(encoding="utf-8")
    definition = yaml.load(text, Loader=yaml.CSafeLoader)
    (schema,) = (
        each["schema"]["openAPIV3Schema"]
        for each in definition["spec"]["versions"]
        if each["name"] == version
    )
    strict = _strict(schema)
    strict["properties"]["metadata"] = _METADATA
    return strict


def _strict(schema: Any) -> Any:
    """The schema without unknown keys: Kubernetes would drop them."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {key: _strict(value) for key, value in schema.items()}
    is_closed = isinstance(schema.get("properties"), dict) and "type" in schema
    if is_closed and not schema.get("x-kubernetes-preserve-unknown-fields"):
        strict.setdefault("additionalProperties", False)
    return strict
