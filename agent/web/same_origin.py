"""Whether a browser sends a request for a page of another site, as in cross-site request forgery."""

from __future__ import annotations

from collections.abc import Mapping

from agent.web.external import External


def is_cross_site(headers: Mapping[str, str], external: External) -> bool:
    """Whether the headers of a browser name another site. Pages cannot change these headers.

    Programs such as curl do not set them, and are accepted. Sources: W3C Fetch Metadata Request Headers;
    RFC 6454, section 7.
    """
    fetched_by = headers.get("sec-fetch-site")
    if fetched_by is not None:
        return fetched_by not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return False
    _, separator, host = origin.partition("://")
    return not separator or host not in {headers.get("host", ""), external.host} - {""}
