"""Reads one of Temporal's files, and finds the settings in it, also inside the manifests of other tools."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agent.config.document import parse_each, text_of
from agent.config.environment.compose import SERVER_IMAGE, image_tag, is_compose_text, read_compose
from agent.config.environment.env_file import env_file_environment, small_text_of
from agent.config.environment.variables import ContainerEnvironment
from agent.config.environment.workload import is_workload, read_workload
from agent.config.errors import ConfigError, Problem
from agent.config.temporal_files.file_kind import (
    HELM_COMMAND,
    foreign_manifest,
    foreign_text,
    foreign_tree,
    has_template,
    is_server_config,
    parts_with_values,
)
from agent.config.temporal_files.rendered_template import rendered_tree
from agent.config.temporal_files.templates import is_helm_template, template_advice, template_line
from agent.config.temporal_files.wrappers import Content, contents, is_manifest
from agent.config.temporal_files.yaml_tree import YamlNode, tree

#: The largest file of Temporal that is read, in bytes. Kubernetes and Helm store at most as much.
MAX_BYTES = 1024 * 1024
_KIND = re.compile(r"^kind:[ \t]*\w", re.MULTILINE)
_WITH_TEXTS = ("ConfigMap", "Secret")


@dataclass(frozen=True)
class NamedFiles:
    """The files that a cluster names.

    For values also: the key `under` which an umbrella chart has them, the version of the Helm `chart`, and
    the name of the Helm `release`. For the server's own files: `env`, the env file, compose file or workload
    with the variables of templates, and the `service` or `container` in it. Each may be ''.
    """

    paths: Sequence[Path]
    under: str = ""
    chart: str = ""
    release: str = ""
    env: str = ""
    service: str = ""
    container: str = ""

    @property
    def variables(self) -> ContainerEnvironment | None:
        """The variables of templates; None if no file is named.

        Raises:
            ConfigError: the file cannot be read, or has no such service or container.
        """
        if not self.env:
            return None
        path = Path(self.env)
        if is_compose_text(small_text_of(path)):
            return read_compose(path, self.service)
        return read_workload(path, self.container, has_file=True) or env_file_environment(path)


def read_content(
    path: Path, *, rejects_templates: bool = False, variables: ContainerEnvironment | None = None
) -> Content:
    """The settings in one file. `rejects_templates`: the file is the server's own. `variables`: of templates.

    Raises:
        ConfigError: the file cannot be read, is not valid YAML, is a template without its variables, or is
            something else.
    """
    text = text_of(path, limit=MAX_BYTES)
    if sentence := foreign_text(text):
        raise _error(path, sentence)
    if variables is not None and _is_server_template(text):
        return Content(rendered_tree(str(path), text, variables))
    nodes = _parse(path, text, rejects_templates=rejects_templates)
    manifests = [node for node in nodes if is_manifest(node)]
    if manifests:
        if variables is None and rejects_templates and any(map(has_template, manifests)):
            # The output of `helm template` also has the container with the variables.
            variables = read_workload(path, has_file=True)
        return _inside(path, manifests, variables)
    if rejects_templates and (line := template_line(text)):
        raise _error(path, template_advice(text, path), line)
    if sentence := foreign_tree(nodes[0]):
        raise _error(path, sentence)
    # The server and Helm read only the first of several documents.
    return Content(nodes[0])


def _is_server_template(text: str) -> bool:
    """Whether the file is a template, and not a manifest with a template in it."""
    if not template_line(text) or is_helm_template(text):
        return False
    return not _KIND.search(text)


def _parse(path: Path, text: str, *, rejects_templates: bool) -> list[YamlNode]:
    try:
        documents = parse_each(str(path), text)
        if problems := [problem for document in documents for problem in document.problems]:
            raise ConfigError(problems)
        return [tree(document) for document in documents]
    except RecursionError as error:
        raise _error(path, "is nested too deeply") from error
    except ConfigError as error:
        line = template_line(text)
        if not line:
            raise
        advice = f"is a template, not values: name the file that `{HELM_COMMAND}` prints"
        raise _error(path, template_advice(text, path) if rejects_templates else advice, line) from error


def _inside(path: Path, manifests: Sequence[YamlNode], variables: ContainerEnvironment | None) -> Content:
    found = [
        replace(content, is_server_config=content.is_server_config or is_server_config(content.node))
        for manifest in manifests
        for content in (*contents(manifest), *_templates(manifest, variables))
    ]
    found = [each for each in found if each.is_server_config or _may_have_values(each.node)]
    if not found:
        telling = (each for each in manifests if is_workload(each.document.data) or has_template(each))
        raise _error(path, foreign_manifest(next(telling, manifests[0])))
    if len(found) > 1:
        what = f"contains settings of {len(found)} Temporal clusters: write each into a file of its own"
        raise _error(path, what)
    return _with_release(found[0], variables)


def _with_release(content: Content, variables: ContainerEnvironment | None) -> Content:
    """The same settings, with the release in the tag of the container's image."""
    image = variables.image if variables is not None else ""
    if variables is None or content.server_version is not None or not SERVER_IMAGE.fullmatch(image):
        return content
    place = (*variables.place[:-1], "image")
    return replace(content, server_version=YamlNode(variables.document, place, text=image_tag(image)))


def _templates(manifest: YamlNode, variables: ContainerEnvironment | None) -> Iterator[Content]:
    """The server's files that a ConfigMap or Secret has as templates."""
    texts = [*manifest["data"].children.values(), *manifest["stringData"].children.values()]
    for value in texts if variables is not None and manifest["kind"].text in _WITH_TEXTS else ():
        if variables is not None and template_line(value.text):
            file, line = value.document.file, value.document.line(value.place)
            yield Content(rendered_tree(file, value.text, variables, value.place, line))


def _may_have_values(node: YamlNode) -> bool:
    return bool(node["server"].children) or next(parts_with_values(node), None) is not None


def _error(path: Path, message: str, line: int = 0) -> ConfigError:
    return ConfigError([Problem(str(path), line, "", message)])
