"""The configuration's `matrix` section: the source of the matrix, and the user's overlays."""

from __future__ import annotations

import re
from typing import Self

from pydantic import Field, field_validator, model_validator

from agent.config.fields import Duration, HttpUrl, Model, Text

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class MatrixSource(Model):
    """The built-in matrix, or a newer one from a file or an address, and overlays; the last overlay wins.

    `refresh` is in seconds.
    """

    overlays: tuple[Text, ...] = ()
    file: Text | None = None
    url: HttpUrl | None = None
    sha256: str | None = None
    ca_file: Text | None = None
    refresh: Duration = Field("24h", validate_default=True)

    @field_validator("url")
    @classmethod
    def _encrypted(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith("https://"):
            raise ValueError("write an address that begins with https://")
        return value

    @field_validator("sha256")
    @classmethod
    def _digest(cls, value: str | None) -> str | None:
        if value is not None and _SHA256.fullmatch(value) is None:
            raise ValueError("write 64 lowercase hexadecimal digits, as sha256sum prints them")
        return value

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.file and self.url:
            raise ValueError("set either file or url, not both")
        if self.url and not self.sha256:
            raise ValueError("url needs sha256, the checksum of the file")
        if self.sha256 and not (self.file or self.url):
            raise ValueError("sha256 needs file or url")
        if self.ca_file and not self.url:
            raise ValueError("ca_file needs url")
        return self
