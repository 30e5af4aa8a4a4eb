from __future__ import annotations

import pytest

from workbench.engines.protocol import ScoreRequest
from workbench.engines.transformers.parity import split_as_lm_eval
from workbench.engines.transformers.splits import common_prefix, cut_left, split_requests
from workbench.engines.transformers.tokens import Codec, make_codec

LENGTH = 64


class WordTokenizer:
    """Longest match from a list of pieces, so that a test can say which token spans a join."""

    bos_token_id: int | None = 1
    eos_token_id: int | None = 2

    def __init__(self, *pieces: str, bos: bool = True) -> None:
        self.pieces = ["<pad>", "<s>", "</s>", "a", *pieces]
        self.bos = bos

    def encode(self, text: str) -> list[int]:
        ids = []
        while text:
            piece = max((p for p in self.pieces if text.startswith(p)), key=len)
            ids.append(self.pieces.index(piece))
            text = text[len(piece) :]
        return ids

    def __call__(self, text, *, add_special_tokens=True, **_):
        texts = [text] if isinstance(text, str) else text
        ids = [([1] if self.bos and add_special_tokens else []) + self.encode(one) for one in texts]
        return {"input_ids": ids[0] if isinstance(text, str) else ids}

    def decode(self, ids, **_):
        return "".join(self.pieces[i] for i in ids)


def codec_of(*pieces: str, bos: bool = True) -> Codec:
    return make_codec(WordTokenizer(*pieces, bos=bos))


def texts(codec: Codec, ids) -> list[str]:
    return [codec.tokenizer.pieces[i] for i in ids]


def split(codec: Codec, context: str, *continuations: str, length: int = LENGTH, parity: bool = False):
    cut = split_as_lm_eval if parity else split_requests
    (found,) = cut([ScoreRequest("x", context, continuations)], codec, length)
    return found


def test_common_prefix():
    assert common_prefix([[1, 2, 3], [1, 2, 4], [1, 2]]) == 2
    assert common_prefix([[1], [2]]) == 0
    assert common_prefix([[5, 6]]) == 2


def test_tokens_after_the_context_are_scored():
    codec = codec_of("b", " c", " d")
    found = split(codec, "ab", " c", " d")
    assert texts(codec, found.contexts[0]) == ["<s>", "a", "b"]
    assert [texts(codec, c) for c in found.continuations] == [[" c"], [" d"]]
    assert found.context_tokens == 3


def test_a_token_that_spans_the_join_moves_the_split_for_every_choice():
    codec = codec_of("b", "c", "d", "bc")
    found = split(codec, "ab", "c", "d")
    # "abc" is a|bc and "abd" is a|b|d: they share only "a", so both are scored from there.
    assert texts(codec, found.contexts[0]) == ["<s>", "a"]
    assert [texts(codec, c) for c in found.continuations] == [["bc"], ["b", "d"]]


def test_parity_cuts_at_the_length_of_the_context_instead():
    codec = codec_of("b", "c", "d", "bc", "cd")
    found = split(codec, "ab", "cd", "d", parity=True)
    # "abcd" is a|bc|d of which lm-eval drops three tokens (BOS, a, b), and feeds the context's own b.
    assert texts(codec, found.contexts[0]) == ["<s>", "a", "b"]
    assert [texts(codec, c) for c in found.continuations] == [["d"], ["d"]]


def test_parity_moves_trailing_space_to_the_continuation():
    codec = codec_of("b", " ", " c")
    found = split(codec, "ab ", "c", parity=True)
    assert texts(codec, found.contexts[0]) == ["<s>", "a", "b"]
    assert [texts(codec, c) for c in found.continuations] == [[" c"]]


def test_choices_that_tokenise_alike_get_equal_continuations():
    codec = codec_of("b", "c")
    found = split(codec, "ab", "c", "c")
    assert found.continuations[0] == found.continuations[1]


def test_bos_stands_once_when_the_text_brings_its_own():
    codec = codec_of("b", "c")
    for templated in (False, True):
        (found,) = split_requests([ScoreRequest("x", "<s>ab", ("c",), templated=templated)], codec, LENGTH)
        assert texts(codec, found.contexts[0]) == ["<s>", "a", "b"]


def test_no_bos_where_the_policy_adds_none():
    codec = codec_of("b", "c", bos=False)
    assert codec.source == "none"
    assert texts(codec, split(codec, "ab", "c").contexts[0]) == ["a", "b"]


@pytest.mark.parametrize("bos", [True, False])
@pytest.mark.parametrize("parity", [True, False])
def test_an_empty_context_becomes_bos(bos: bool, parity: bool):
    codec = codec_of("b", "c", bos=bos)
    found = split(codec, "", "bc", parity=parity)
    assert texts(codec, found.contexts[0]) == ["<s>"]
    assert [texts(codec, c) for c in found.continuations] == [["b", "c"]]


def test_an_empty_context_becomes_eos_when_there_is_no_bos():
    tokenizer = WordTokenizer("b", bos=False)
    tokenizer.bos_token_id = None
    found = split(make_codec(tokenizer), "", "b")
    assert found.contexts == ([2],)


def test_an_empty_context_without_bos_and_eos_is_an_error():
    tokenizer = WordTokenizer("b", bos=False)
    tokenizer.bos_token_id = tokenizer.eos_token_id = None
    assert split(make_codec(tokenizer), "", "b").error == "empty_context"


def test_a_first_token_that_spans_the_join_still_has_something_before_it():
    codec = codec_of("b", "ab", bos=False)
    found = split(codec, "a", "b")
    assert texts(codec, found.contexts[0]) == ["<s>"]
    assert [texts(codec, c) for c in found.continuations] == [["ab"]]


@pytest.mark.parametrize("parity", [True, False])
def test_requests_that_cannot_be_scored_say_why(parity: bool):
    codec = codec_of("b", "c")
    assert split(codec, "ab", parity=parity).error == "no_continuations"
    assert split(codec, "ab", "c", "", parity=parity).error == "empty_continuation"
    assert split(codec, "ab", "c" * 9, length=8, parity=parity).error == "continuation_too_long"


def test_gguf_metadata_decides_where_the_tokenizer_forgot():
    tokenizer = WordTokenizer("b", "c", bos=False)
    codec = make_codec(tokenizer, stated_bos=True)
    assert (codec.prefix, codec.source) == ((1,), "gguf metadata")
    assert make_codec(WordTokenizer("b"), stated_bos=False).prefix == ()


def test_truncation_keeps_bos_and_is_counted_once_for_all_choices():
    codec = codec_of("b", "c", "d")
    found = split(codec, "a" * 10 + "b", "c", "cd", length=6)
    # 7 tokens in all, the longest choice takes 2: 5 remain for the context, the first of them BOS.
    assert texts(codec, found.contexts[0]) == ["<s>", "a", "a", "a", "b"]
    assert found.contexts[0] == found.contexts[1]
    assert (found.context_tokens, found.truncated) == (5, 7)


def test_parity_truncates_each_choice_apart_and_loses_bos():
    codec = codec_of("b", "c", "d")
    found = split(codec, "a" * 10 + "b", "c", "cd", length=6, parity=True)
    assert [texts(codec, c) for c in found.contexts] == [["a"] * 5 + ["b"], ["a"] * 4 + ["b"]]
    assert found.truncated == 7


def test_cut_left_gives_up_bos_only_for_the_last_token():
    codec = codec_of("b")
    assert cut_left([1, 3, 3, 4], 1, codec) == [4]
    assert cut_left([1, 3, 3, 4], 2, codec) == [1, 4]
    assert cut_left([1, 3], 2, codec) == [1, 3]


def test_each_distinct_text_is_encoded_once():
    codec = codec_of("b", "c", "d")
    seen: list[str] = []
    plain = codec.tokenizer.encode
    codec.tokenizer.encode = lambda text: seen.append(text) or plain(text)
    split_requests([ScoreRequest(str(i), "ab", ("c", "d")) for i in range(3)], codec, LENGTH)
    assert sorted(seen) == ["ab", "abc", "abd"]
