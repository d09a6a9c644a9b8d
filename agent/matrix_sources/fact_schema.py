"""The schema of files with facts about releases, which the first bundles did not have."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from agent.matrix_sources.values import STRICT, Date, Numbers, Specifier, Text, VersionText, check_some

_StoreName = Literal["default", "visibility"]
_StoreRole = Literal["persistence", "visibility"]


class _BundlePart(BaseModel):
    model_config = STRICT


class _Plugin(_BundlePart):
    name: Text
    component: Text
    folder: Text
    advanced: bool
    replaced_by: Text | None = None


class Plugins(_BundlePart):
    """plugins.json"""

    plugins: Annotated[list[_Plugin], AfterValidator(check_some)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [plugin.name for plugin in self.plugins]
        if len(set(names)) < len(names):
            raise ValueError("each plugin must have only one entry")
        return self


class DynamicKeys(_BundlePart):
    """dynamic_keys.json"""

    source: Text
    dropped: dict[Numbers, list[Text]]
    replaced: dict[Text, Text]


class _StepCost(_BundlePart):
    component: Text
    store: _StoreName
    versions: Annotated[list[VersionText], AfterValidator(check_some)]
    cost: Text
    empty_in: list[Specifier] = []


class _UnbrokenSteps(_BundlePart):
    component: Text
    store: _StoreName
    through: VersionText
    releases: Specifier = "*"
    not_east_of_utc: bool = False
    note: Text
    source: Text


class _LostColumns(_BundlePart):
    components: Annotated[list[Text], AfterValidator(check_some)]
    store: _StoreName
    since: VersionText
    releases: Specifier
    source: Text


class SchemaSteps(_BundlePart):
    """schema_steps.json"""

    source: Text
    costs: list[_StepCost]
    unbroken: list[_UnbrokenSteps]
    too_new: list[_LostColumns]


class _PairRule(_BundlePart):
    releases: Specifier
    refuses: Text


class StorePairs(_BundlePart):
    """store_pairs.json"""

    source: Text
    rules: dict[Literal["one_index", "three_keys", "two_keys", "one_client"], _PairRule]
    ignored_as_second: dict[Text, Specifier]


class _StoreKey(_BundlePart):
    key: Text
    releases: Specifier
    note: Text
    source: Text


class _SearchClients(_BundlePart):
    releases: Specifier
    values: list[Text]
    source: Text


class _UnsetClient(_BundlePart):
    releases: Specifier
    value: Text
    source: Text


class ServerKeys(_BundlePart):
    """server_keys.json"""

    store_keys: list[_StoreKey]
    elasticsearch_version: list[_SearchClients]
    elasticsearch_version_unset: list[_UnsetClient]


class _StartTables(_BundlePart):
    components: Annotated[list[Text], AfterValidator(check_some)]
    role: _StoreRole
    releases: Specifier
    tables: Annotated[list[Text], AfterValidator(check_some)]
    source: Text


class StartTables(_BundlePart):
    """start_tables.json"""

    tables: list[_StartTables]


class _FileRule(_BundlePart):
    rule: Text
    releases: Specifier
    cure: Text
    source: Text
    certain: bool = True


class FileRules(_BundlePart):
    """file_rules.json"""

    rules: list[_FileRule]


class _TriedStore(_BundlePart):
    component: Text
    version: VersionText
    plugin: str = ""
    flavor: str = ""


class _Run(_BundlePart):
    date: Date
    temporal: Numbers
    persistence: _TriedStore
    visibility: _TriedStore
    sdk: Text
    result: Literal["tried", "failed"]
    workflows: Annotated[int, Field(ge=0)]
    queries: Annotated[int, Field(ge=0)]
    slow_errors: Annotated[int, Field(ge=0)]
    seconds: Annotated[int, Field(ge=0)]
    log: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    step: str = ""
    role: _StoreRole | None = None
    error: str = ""

    @model_validator(mode="after")
    def _says_what_failed(self) -> Self:
        described = bool(self.step and self.role and self.error)
        if described is not (self.result == "failed"):
            raise ValueError("a failed run has step, role and error, and no other run has")
        return self


class Evidence(_BundlePart):
    """evidence.json"""

    runs: list[_Run]


class _IndexTemplate(_BundlePart):
    version: Annotated[int, Field(ge=0)]
    set: dict[Text, Text | list[Text]]
    removed: list[Text]
    source: Text


class IndexFields(_BundlePart):
    """index_fields.json"""

    templates: Annotated[list[_IndexTemplate], AfterValidator(check_some)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        versions = [template.version for template in self.templates]
        if versions != sorted(versions):
            raise ValueError("write the templates in the order of their versions")
        return self
