"""What new releases change in the other data files, and what a person must decide about them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from agent.maintain.go_modules import MODULE, Module
from agent.maintain.release_changes import changed_steps, dropped_keys, store_keys, template_line
from agent.maintain.source_tree import numbers

_STORES = {"postgres": "postgresql"}


def _shapes_command(component: str, version: str) -> str:
    """The command that writes the shapes of one component, with the words that a person replaces."""
    tool = "temporal-cassandra-tool" if component == "cassandra" else "temporal-sql-tool"
    return (
        f"python -m agent.maintain shapes {component} --repository CLONE "
        f'--module "$(go env GOMODCACHE)/{MODULE}@v{version}" --tool {tool} --port PORT --user USER'
    )


class Review:
    """Compares each new release with the highest one below it that the proxy serves."""

    def __init__(
        self,
        module: Callable[[str], Module],
        listed: Sequence[str],
        new: Sequence[str],
        plugins: Mapping[str, Any],
        with_shapes: Collection[str] = (),
    ) -> None:
        """`listed`: all releases of the proxy, oldest first; `new`: those that the data files lack.

        `with_shapes`: the components whose shapes are written after this review.
        """
        self._module = module
        self._listed = listed
        self._known = [version for version in listed if version not in new]
        self._plugins = {plugin["name"] for plugin in plugins["plugins"]}
        self._dropped: dict[str, list[str]] = {}
        self._indexes: list[tuple[Module, int]] = []
        self._with_shapes = with_shapes
        #: By component, the new releases that have a step that no earlier one has.
        self.new_steps: dict[str, list[Module]] = {}
        self.decisions: list[str] = []

    def add(self, module: Module, line: Mapping[str, Any]) -> None:
        """Compare one new release; `line` has its facts. Call it in the order of the versions.

        Raises:
            MaintainError: one of the two releases cannot be read.
        """
        version = module.version
        if line["reported"] != version:
            self._decide(version, f"its server reports {line['reported']}: find out why")
        if unknown := sorted(set(line["plugins"]) - self._plugins):
            self._decide(version, f"add {', '.join(unknown)} to plugins.json")
        if line["index"] is not None:
            self._indexes.append((module, line["index"]))
        before = self._listed[: self._listed.index(version)]
        if before:
            self._compare(self._module(before[-1]), module)
        is_minor = not any(numbers(other)[:2] == numbers(version)[:2] for other in before)
        documented = ", and what the documentation says about databases into statements.json"
        self._decide(
            version,
            f"enter the warnings of its release notes into advisories.json{documented if is_minor else ''}",
        )

    def _compare(self, before: Module, module: Module) -> None:
        version = module.version
        newest = self._module(self._listed[-1])
        if dropped := dropped_keys(before.tree, module.tree, newest.tree):
            self._dropped[version] = dropped
            self._decide(
                version,
                f"enter what replaced {', '.join(dropped)} into `replaced` of dynamic_keys.json",
            )
        known = [before.tree] + ([self._module(self._known[-1]).tree] if self._known else [])
        for folder in changed_steps(module.tree, known):
            part = folder.split("/")[1]
            component = _STORES.get(part, part)
            found = self.new_steps.setdefault(component, [])
            found += [] if module in found else [module]
            shapes = (
                "review its shapes"
                if component in self._with_shapes
                else "update has no store to read its shapes from: run "
                f"`{_shapes_command(component, version)}` with an empty store (docs/matrix.md)"
            )
            self._decide(
                version,
                f"{folder} is new or differs from {before.version}; {shapes}, and add the step to "
                "schema_steps.json if it rewrites or locks a table",
            )
        old, now = store_keys(before.tree), store_keys(module.tree)
        if old != now:
            lost, added = ", ".join(sorted(old - now)) or "none", ", ".join(sorted(now - old)) or "none"
            self._decide(
                version,
                f"keys below `persistence` of the server's own file: removed {lost}, added {added}; enter "
                "them into server_keys.json",
            )

    def with_dropped_keys(self, document: dict[str, Any]) -> dict[str, Any]:
        """dynamic_keys.json with the keys that the new releases dropped."""
        dropped: dict[str, list[str]] = document["dropped"]
        listed = {key.lower() for keys in dropped.values() for key in keys}
        for version, keys in self._dropped.items():
            if more := [key for key in keys if key.lower() not in listed]:
                dropped = dropped | {version: more}
                listed |= {key.lower() for key in more}
        return document | {"dropped": dict(sorted(dropped.items(), key=lambda entry: numbers(entry[0])))}

    def with_templates(self, document: dict[str, Any]) -> dict[str, Any]:
        """index_fields.json with the templates of the new releases.

        Raises:
            UnreadableError: a template cannot be read.
        """
        templates: list[dict[str, Any]] = list(document["templates"])
        for module, index in self._indexes:
            line = template_line(module.tree, index, templates)
            if line is None:
                continue
            if index < max(template["version"] for template in templates):
                self._decide(
                    module.version, f"its index template {index} is not the one in index_fields.json"
                )
                continue
            templates.append(line)
        return document | {"templates": templates}

    def _decide(self, version: str, text: str) -> None:
        self.decisions.append(f"{MODULE}@v{version}: {text}")
