"""Equal records have equal digests, whatever the order of their keys."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.policy.digests import canonical_json, sha256_file, sha256_record

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.text(), values))
def test_the_order_of_keys_does_not_matter(record):
    assert sha256_record(record) == sha256_record(dict(reversed(record.items())))


def test_canonical_json_has_one_spelling():
    assert canonical_json({"b": [1, 2.5], "a": "ไทย"}) == '{"a":"ไทย","b":[1,2.5]}'.encode()


def test_not_a_number_is_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json(float("nan"))


def test_digest_of_a_file_is_that_of_its_bytes(tmp_path: Path):
    path = tmp_path / "f"
    path.write_bytes(b"abc" * 100_000)
    assert sha256_file(path) == hashlib.sha256(b"abc" * 100_000).hexdigest()
