"""Masks secrets in texts: whatever the agent has sent as a secret, in each form in which it may come back."""

from __future__ import annotations

import html
import json
import re
import threading
from base64 import b64encode, urlsafe_b64encode
from collections import OrderedDict
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

MASK = "***"

#: Characters of the shortest secret that is masked. Shorter ones would hide parts of version numbers.
_SHORTEST = 4
#: A secret with fewer characters is masked only as a word of its own: it may be part of a common word.
_WORD = 8
#: This many characters from the beginning of a longer secret are masked, too: texts are cut.
_PREFIX = 12
#: Characters that continue a word.
_IN_WORD = re.compile(r"\w")

#: An address up to its host, and from its query on. A text may have quotes or a bracket around the address.
_USER_INFO = re.compile(r"(?<=://)[^\s/?#@\"'<>]*@")
_QUERY = re.compile(r"(://[^\s?#\"'<>]+)\?[^\s\"'<>)\]]+")


def mask_url(text: str) -> str:
    """The text, without user info and query in each address that it contains."""
    if "://" not in text:
        return text
    return _QUERY.sub(rf"\1?{MASK}", _USER_INFO.sub(f"{MASK}@", text))


class Redactor:
    """Remembers secrets, the last `limit` of them, and masks them in texts. Threads may share it."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        #: How often a secret was added that was not known.
        self.changes = 0
        self._lock = threading.Lock()
        #: Each secret with its forms; the one that was used last is the last.
        self._known: OrderedDict[str, frozenset[str]] = OrderedDict()
        #: The forms of all secrets, by their first characters. A reader needs no lock: entries are replaced.
        self._forms: dict[str, tuple[str, ...]] = {}

    def remember(self, *secrets: str) -> None:
        """Mask these from now on."""
        with self._lock:
            for secret in secrets:
                if len(secret) >= _SHORTEST and secret not in self._known:
                    self.changes += 1
                    self._known[secret] = _forms_of(secret)
                    for form in self._known[secret]:
                        self._forms[form[:_SHORTEST]] = (*self._forms.get(form[:_SHORTEST], ()), form)
                if secret in self._known:
                    self._known.move_to_end(secret)
            while len(self._known) > self._limit:
                self._forget(self._known.popitem(last=False)[1])

    def remember_login(self, user: str, password: str) -> None:
        """Mask the password, and the pair as `Authorization: Basic` has it (RFC 7617)."""
        self.remember(password, b64encode(f"{user}:{password}".encode(errors="surrogateescape")).decode())

    def remember_url(self, url: str) -> None:
        """Mask the query of this address, and each value in it."""
        query = urlsplit(url).query
        if query:
            self.remember(query, *(value for _, value in parse_qsl(query) if len(value) >= _WORD))

    def _forget(self, forms: frozenset[str]) -> None:
        for form in forms:
            others = list(self._forms[form[:_SHORTEST]])
            others.remove(form)
            self._forms[form[:_SHORTEST]] = tuple(others)

    def mask(self, text: str) -> str:
        """The text, without secrets, and without user info and queries of addresses."""
        return mask_url(self._without_secrets(text))

    def may_mask(self, text: str) -> bool:
        """Whether `mask` may change this text, or one of the texts that it consists of."""
        return "://" in text or self._may_have_secret(text)

    def _may_have_secret(self, text: str) -> bool:
        return any(start in text for start in list(self._forms))

    def _without_secrets(self, text: str) -> str:
        forms = self._forms
        # Nearly no text has a secret, and these few comparisons cost less than the loop over its characters.
        if len(forms) < len(text) and not self._may_have_secret(text):
            return text
        parts: list[str] = []
        done = at = 0
        while at <= len(text) - _SHORTEST:
            candidates = forms.get(text[at : at + _SHORTEST], ())
            length = max((_length(text, at, form) for form in candidates), default=0)
            if length:
                parts += [text[done:at], MASK]
                done = at = at + length
            else:
                at += 1
        return "".join([*parts, text[done:]]) if parts else text


def _forms_of(secret: str) -> frozenset[str]:
    """How a server, a proxy or a library may write the secret."""
    raw = secret.encode(errors="surrogateescape")
    encoded = {b64encode(raw).decode().rstrip("="), urlsafe_b64encode(raw).decode().rstrip("=")}
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    quoted = {quote(raw), quote(raw, safe=""), quote_plus(raw)}
    # Texts for people are one line: white space becomes one space.
    forms = {secret, " ".join(secret.split()), html.escape(secret), *encoded, *escaped, *quoted}
    return frozenset(form for form in forms if len(form) >= _SHORTEST)


def _length(text: str, at: int, form: str) -> int:
    """How many characters from `at` on are this form of a secret, whole or cut; 0: they are not."""
    if text.startswith(form, at):
        return _whole(text, at, form)
    length = _common(text, at, form)
    is_cut = at + length == len(text) - 1 and text.endswith("…")
    return length if length >= _PREFIX or is_cut else 0


def _whole(text: str, at: int, form: str) -> int:
    end = at + len(form)
    if len(form) < _WORD and (_continues(text[at - 1 : at]) or _continues(text[end : end + 1])):
        return 0
    # The padding of base64 goes along.
    return len(form) + (len(text[end : end + 2]) - len(text[end : end + 2].lstrip("=")))


def _continues(character: str) -> bool:
    return bool(character and _IN_WORD.match(character))


def _common(text: str, at: int, form: str) -> int:
    end = min(len(form), len(text) - at)
    return next((n for n in range(_SHORTEST, end) if text[at + n] != form[n]), end)


#: Every secret that this process has read, and what is secret in an address: for its log.
IN_PROCESS = Redactor(limit=20_000)
