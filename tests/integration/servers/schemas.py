"""Published schemas of what the agent hands out, and a validator for them."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from . import cache, toolchain
from .commands import UnavailableError, run
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
        problems.append(f"{manifest['kind']} {manifest['metadata']['name']}: {error}")
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
    folder = cache.entry("compose-schema", "v2.16.2", [_COMPOSE_SUM.encode()], _download_compose_schema)
    return _problems(_JSON_SCHEMA, document, str(folder / "compose-spec.json"))


def _problems(script: str, data: object, argument: str) -> list[str]:
    folder = python_tools("kubernetes-validate", _LOCK)
    with NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(data, file)
        file.flush()
        output = run([sys.executable, "-c", script, file.name, argument], env={"PYTHONPATH": str(folder)})
    problems = json.loads(output)
    assert isinstance(problems, list)
    return problems


def _download_compose_schema(folder: Path) -> None:
    answer = json.loads(
        run(
            [toolchain.go(), "mod", "download", "-json", _COMPOSE_MODULE],
            cwd=folder,
            env={"GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": "-mod=mod"},
        )
    )
    if answer["Sum"] != _COMPOSE_SUM:
        raise UnavailableError(f"{_COMPOSE_MODULE} has another content than expected: {answer['Sum']}")
    shutil.copy(Path(answer["Dir"]) / "schema" / "compose-spec.json", folder)
