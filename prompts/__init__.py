"""Prompts are text files beside this loader. ``$name`` is replaced; nothing else is."""

from __future__ import annotations

from pathlib import Path
from string import Template

_FOLDER = Path(__file__).parent


def load(name: str, **values: str) -> str:
    """The prompt ``name`` with every ``$key`` filled in. Raises KeyError for one that was not given."""
    return Template((_FOLDER / f"{name}.md").read_text(encoding="utf-8")).substitute(values).strip()
