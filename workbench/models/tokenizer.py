"""A model's tokenizer without torch: `tokenizers` over ``tokenizer.json``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import NoTokenizer
from workbench.models.facts import TokenPolicy
from workbench.models.layout import TOKENIZER, read_layout
from workbench.models.token_policy import token_policy


@dataclass(frozen=True, slots=True)
class TextTokenizer:
    """A tokenizer and its policy.

    Attributes
    ----------
    backend
        The `tokenizers.Tokenizer`.
    policy
        Which special tokens it puts around a text by itself.
    """

    backend: Any
    policy: TokenPolicy

    @classmethod
    def load(cls, path: Path) -> TextTokenizer:
        """Read the tokenizer of the model at `path` (a directory).

        Raises
        ------
        NoTokenizer
            There is no ``tokenizer.json``, or none that loads.
        """
        from tokenizers import Tokenizer

        layout = read_layout(path)
        if layout.gguf is not None:
            raise NoTokenizer(
                "a GGUF file's vocabulary is rebuilt by the engine", where=path, remedy="Convert it to a directory."
            )
        policy = token_policy(layout)
        file = layout.root / TOKENIZER
        try:
            backend = Tokenizer.from_file(str(file))
        except Exception as error:  # the library raises plain Exception for whatever it cannot read
            raise NoTokenizer(f"tokenizer.json does not load ({error})", where=file) from error
        return cls(backend, policy)

    @property
    def size(self) -> int:
        """Number of tokens, the added ones included."""
        return int(self.backend.get_vocab_size(with_added_tokens=True))

    def encode(self, text: str, *, special: bool = False) -> tuple[int, ...]:
        """Return the token ids of a text; with `special`, what the policy adds is there too."""
        return tuple(self.backend.encode(text, add_special_tokens=special).ids)

    def decode(self, ids: Sequence[int], *, skip_special: bool = False) -> str:
        """Return the text of token ids."""
        return str(self.backend.decode(list(ids), skip_special_tokens=skip_special))

    def tokens(self, ids: Sequence[int]) -> tuple[str, ...]:
        """Return each token as the vocabulary spells it."""
        return tuple(str(self.backend.id_to_token(number)) for number in ids)
