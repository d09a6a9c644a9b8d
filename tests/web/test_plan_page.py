"""The page of plans as a file; tests/pages/test_plan_page.py has it in a browser."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from datetime import date
from hashlib import sha256

from agent.web.plan_page import plan_page

TABLE = {"releases": ["1.0.0", "1.1.0"], "texts": ["</script><script>alert(1)</script>"], "setups": []}
PAGE = plan_page(TABLE, date(2026, 11, 29))


def test_the_policy_allows_the_page_s_own_code_and_nothing_else() -> None:
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', PAGE)[0].replace(
        "&#39;", "'"
    )
    assert policy.startswith("default-src 'none';")
    for name, text in (
        ("style", re.findall(r"<style>(.*?)</style>", PAGE, re.DOTALL)[0]),
        ("script", re.findall(r"<script>(.*?)</script>", PAGE, re.DOTALL)[0]),
    ):
        digest = b64encode(sha256(text.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert not re.search(r'(src|href)="(?!#)', PAGE)


def test_no_text_of_the_data_ends_its_element() -> None:
    data = re.findall(r'<script type="application/json" id="data">(.*?)</script>', PAGE, re.DOTALL)[0]
    assert json.loads(data) == TABLE
