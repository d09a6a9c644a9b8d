"""What releases support, as one document for other programs, with its schema."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from agent.matrix import Matrix, Release
from agent.matrix.supported_versions import supported_versions
from agent.reports.document import COUNT, Document
from agent.reports.matrix_document import SupportedDocument, supported_document
from agent.reports.trial_document import TrialDocument, trial_documents


@dataclass(frozen=True)
class ExportedReleaseDocument(Document):
    """One release: the supported versions of each component and plugin, and its trials."""

    release: str
    published: date | None
    supported: tuple[SupportedDocument, ...]
    trials: tuple[TrialDocument, ...]


@dataclass(frozen=True)
class ExportDocument(Document):
    """Releases of a matrix, oldest first. `version`: of this format; a new key does not change it.

    `matrix`: the digest of the matrix. `published`: the date of its data.
    """

    version: int = field(metadata=COUNT)
    matrix: str
    published: date
    releases: tuple[ExportedReleaseDocument, ...]


def export_document(matrix: Matrix, releases: Sequence[Release]) -> ExportDocument:
    """These releases."""
    return ExportDocument(
        version=1,
        matrix=matrix.digest,
        published=matrix.published,
        releases=tuple(
            ExportedReleaseDocument(
                release=release.name,
                published=release.published,
                supported=tuple(map(supported_document, supported_versions(matrix, release))),
                trials=trial_documents(matrix.support.evidence.of(release)),
            )
            for release in releases
        ),
    )


def export_schema() -> str:
    """The JSON Schema of an exported document, indented."""
    from pydantic import TypeAdapter

    schema = TypeAdapter(ExportDocument).json_schema(mode="serialization")
    return json.dumps(schema, indent=2, ensure_ascii=False)
