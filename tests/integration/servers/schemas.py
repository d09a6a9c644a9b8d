"""Published schemas of what the agent hands out, and a validator for them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from . import cache, toolchain
from .commands import run
from .delivery_tools import python_tools

_LOCK = Path(__file__).with_name("kubernetes_validate.txt")
_COMPOSE_MODULE = "github.com/compose-spec/compose-go/v2@v2.16.2"
_COMPOSE_SUM = "h1:pTp1DqQwJzFd85GzlWsSszKA1ABrV/ySqsClujIcWA8="

#: Prints what is wrong with each of the manifests, as JSON.
_KUBERNETES = """
import json, sys
import kubernetes_validate as kubernetes
problems = []
for manifest in json.load(open(sys.argv[1])):
    try:
        kubernetes.validate(manifest, sys.argv[2], strict=True)
    except (kubernetes.ValidationError, kubernetes.SchemaNotFoundError) as error:
        name = manifest["metadata"].get("name") or manifest["metadata"].get("generateName")
        problems.append(f"{manifest['kind']} {name}: {error}")
json.dump(problems, sys.stdout)
"""
_JSON_SCHEMA = """
import json, sys
import jsonschema
schema = json.load(open(sys.argv[2]))
validator = jsonschema.validators.validator_for(schema)(schema)
errors = validator.iter_errors(json.load(open(sys.argv[1])))
json.dump([f"{error.json_path}: {error.message}" for error in errors], sys.stdout)
"""


def kubernetes_problems(manifests: list[dict[str, Any]], version: str) -> list[str]:
    """What the schemas of this version of Kubernetes, such as `1.31`, say against these manifests.

    A key that the schema lacks counts. Custom resources are not among the schemas.
    """
    return _problems(_KUBERNETES, manifests, version)


def compose_problems(document: dict[str, Any]) -> list[str]:
    """What the schema of the Compose Specification says against a compose file."""
    folder = cache.entry(
        "compose-schema",
        "v2.16.2",
        [_COMPOSE_SUM.encode()],
        lambda folder: toolchain.module_files(
            _COMPOSE_MODULE, _COMPOSE_SUM, ["schema/compose-spec.json"], folder
        ),
    )
    return schema_problems(document, folder / "compose-spec.json")


def schema_problems(document: object, schema: Path) -> list[str]:
    """What a JSON schema says against a document, each with its place."""
    return _problems(_JSON_SCHEMA, document, str(schema))


def _problems(script: str, data: object, argument: str) -> list[str]:
    folder = python_tools("kubernetes-validate", _LOCK)
    with NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(data, file)
        file.flush()
        output = run([sys.executable, "-c", script, file.name, argument], env={"PYTHONPATH": str(folder)})
    problems = json.loads(output)
    assert isinstance(problems, list)
    return problems
