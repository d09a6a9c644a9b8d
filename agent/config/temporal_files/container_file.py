"""The server's own file that a container has instead of the one of its image.

Source: temporalio/docker-builds, docker/entrypoint.sh, for images up to 1.29; temporalio/temporal@v1.31.2:
cmd/server/main.go and common/config/loader.go, for later ones.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath

from agent.config.document import path_text
from agent.config.environment.variables import HOME, ContainerEnvironment
from agent.config.errors import ConfigError, Problem
from agent.config.temporal_files.content import read_content
from agent.config.temporal_files.image_settings import EMBEDDED, Release
from agent.config.temporal_files.yaml_tree import YamlNode

#: What the entry point of images up to 1.29 renders with dockerize.
_TEMPLATE = "config/config_template.yaml"
#: What it renders; the command of these images names it as `--env docker`.
_RENDERED = "config/docker.yaml"
_CONFIG_FILE = re.compile(r"--config-file[ =',\"]+([^ ',\"\]]+)")
#: The file that a server from 1.30 on reads instead of its embedded template.
_VARIABLE = "TEMPORAL_SERVER_CONFIG_FILE_PATH"
_PATHS = frozenset({"caFile", "certFile", "keyFile", "clientCaFiles", "rootCaFiles", "filepath"})


def own_config(environment: ContainerEnvironment, release: Release | None) -> YamlNode | None:
    """The configuration from a file that is mounted into the container; None if it has no such file.

    `release`: None if it is not known.

    Raises:
        ConfigError: the file is not on this machine, cannot be read, or is not the server's own.
    """
    path = _path(environment, release)
    if not path:
        return None
    here = environment.on_this_machine(path)
    if here is None or not here.is_file():
        raise ConfigError([_not_here(environment, path)])
    content = read_content(here, rejects_templates=True, variables=environment)
    return _with_own_paths(content.node, environment)


def _path(environment: ContainerEnvironment, release: Release | None) -> str:
    """The path in the container; '' if the server reads the file of its image."""
    variable = environment.variables.get(_VARIABLE)
    if variable is not None and variable.value and (release is None or release >= EMBEDDED):
        return variable.value
    named = _CONFIG_FILE.search(environment.command)
    if named is not None:
        return named[1]
    if "temporal-server" in environment.command and (release is None or release < EMBEDDED):
        # Without the entry point, nothing renders a template.
        return _RENDERED
    template = PurePosixPath(HOME) / _TEMPLATE
    if release is not None and release >= EMBEDDED:
        return ""
    # Where the folder is mounted, the entry point needs the template in it.
    needed = (template,) if release is None else (template, template.parent)
    is_mounted = any(str(each) in environment.mounts for each in needed)
    return _TEMPLATE if is_mounted or environment.on_this_machine(_TEMPLATE) else ""


def _with_own_paths(node: YamlNode, environment: ContainerEnvironment, key: str = "") -> YamlNode:
    """The same tree, where each file that is mounted into the container has its path on this machine."""
    if node.children:
        children = {key: _with_own_paths(each, environment, key) for key, each in node.children.items()}
        return replace(node, children=children)
    if node.items:
        return replace(node, items=tuple(_with_own_paths(each, environment, key) for each in node.items))
    here = environment.on_this_machine(node.text) if node.text and key in _PATHS else None
    return replace(node, text=str(here.absolute())) if here else node


def _not_here(environment: ContainerEnvironment, path: str) -> Problem:
    document, place = environment.document, environment.place
    if (variable := environment.variables.get(_VARIABLE)) is not None:
        document, place = variable.document, variable.place
    name = PurePosixPath(document.file).name
    message = (
        f"the server reads its own file {path[:200]}, which is not on the agent's machine: name a copy,"
        f" and this file for the variables, `server_config: {{file: …, env: {name}}}`"
    )
    return Problem(document.file, document.line(place), path_text(place), message)
