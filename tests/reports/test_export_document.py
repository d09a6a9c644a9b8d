"""What `matrix export` writes as JSON: the schema describes it."""

from __future__ import annotations

import json

from agent.reports.document import as_object
from agent.reports.export_document import export_document, export_schema
from tests.building import FROZEN


def test_the_schema_describes_every_key_of_the_export() -> None:
    read = as_object(export_document(FROZEN, FROZEN.releases.all))
    schema = json.loads(export_schema())
    assert (read["version"], read["matrix"]) == (1, FROZEN.digest)
    assert [each["release"] for each in read["releases"]] == [each.name for each in FROZEN.releases.all]
    kinds = schema["$defs"]
    release, row = read["releases"][0], read["releases"][0]["supported"][0]
    for written, kind in (
        (read, schema),
        (release, kinds["ExportedReleaseDocument"]),
        (row, kinds["SupportedDocument"]),
    ):
        assert list(written) == list(kind["properties"]) == kind["required"]
