"""A team's YAML file read safely: what is wrong is told with its line, its field, its value and what is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from app.team import Team
from domain.errors import BadInput

MAX_BYTES = 200_000
FAULTS_SHOWN = 8

EXAMPLE = """\
# budgeteer init --file team.yaml     (--dry-run shows what it would change)
# Nothing secret belongs here: tokens and keys are settings of the environment, see .env.example.

accounts:
  - name: Acme EU              # as it stands in questions
    platform: google_ads       # google_ads, meta, ...
    currency: EUR              # ISO 4217; cannot be changed later
    timezone: Europe/Berlin    # the zone in which the platform counts days; cannot be changed later
    week_start: monday         # monday or sunday; without it the setting WEEK_START
    country: "DE"              # ISO 3166, for its holidays; in quotes, for NO is "no" to YAML

approvers:                     # who may approve a change, by Slack member id
  - user: U012AB3CD
    tier: 2                    # 1 small, 2 large; without it every tier
    accounts: [Acme EU]        # without it all accounts above

# remove_approvers:            # people leave this way only: a line that is missing above removes nobody
#   - user: U099XY1ZZ

targets:                       # lines of the plan; or a plan file instead of them:  plan: plan.csv
  - account: Acme EU
    month: 2026-03
    budget: 50000              # the month's money in the account's currency
    roas: 3.5                  # or cpa: 40
    margin: 0.35               # a fraction of revenue

files:                         # exports to load, beside this file
  - file: google-ads-report.csv
    account: Acme EU
    # dates: dmy               # ymd, dmy or mdy, where the file leaves it open
    # decimal: comma

channels:                      # which Slack channel sees which accounts
  - id: C024BE91L
    accounts: [Acme EU]
    digest:
      at: "08:00"              # a full hour, in quotes
      timezone: Europe/Berlin
      weekdays_only: true
"""


def read_team(name: str, content: bytes) -> Team:
    """The team in a YAML file called ``name``.

    Raises:
        BadInput: no YAML, a key said twice, an unknown field, or a value that is not allowed; with line and field.
    """
    if len(content) > MAX_BYTES:
        raise BadInput(f"{name} has {len(content):,} bytes; a team's file has at most {MAX_BYTES:,}")
    try:
        text = content.decode("utf-8-sig")
        _refuse_aliases(name, text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        said = yaml.safe_load(text)
    except UnicodeDecodeError:
        raise BadInput(f"{name} is not UTF-8 text") from None
    except yaml.MarkedYAMLError as error:
        at = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise BadInput(f"{name}{at}: this is not YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BadInput(f"{name}: this is not YAML: {str(error)[:200]}") from None
    if not isinstance(said, dict) or root is None:
        raise BadInput(f"{name} holds no team; see budgeteer init --example")
    _refuse_twice(name, root)
    try:
        return Team.model_validate(said)
    except ValidationError as error:
        faults = [_fault(root, e) for e in error.errors()]
        more = f"\nand {len(faults) - FAULTS_SHOWN} more" if len(faults) > FAULTS_SHOWN else ""
        raise BadInput("\n".join(f"{name}, {fault}" for fault in faults[:FAULTS_SHOWN]) + more) from None


def _refuse_aliases(name: str, text: str) -> None:
    """An alias may stand for itself, or for a million of another: a team's file needs none."""
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.AliasToken):
            line = token.start_mark.line + 1
            raise BadInput(f"{name}, line {line}: *{token.value} refers to another place; write the value itself")


def _refuse_twice(name: str, node: yaml.Node) -> None:
    """YAML keeps the last of two equal keys in silence; a person wrote both."""
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in seen:
                raise BadInput(f"{name}, line {line}: {key.value!r} was said before, in line {seen[key.value]}")
            seen[str(key.value)] = line
            _refuse_twice(name, value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_twice(name, value)


def _fault(root: yaml.Node, error: Any) -> str:
    loc = error["loc"]
    line, field = _line(root, loc), _field(loc)
    where = f"line {line}: {field}" if field else f"line {line}"
    value = error.get("input")
    match error["type"]:
        case "extra_forbidden":
            return f"{where}: there is no such field; allowed: {', '.join(_allowed(loc))}"
        case "missing":
            return f"{where} is missing"
        case "value_error":
            return f"{where}: {error['msg'].removeprefix('Value error, ')}"
        case "string_type" if isinstance(value, bool | int | float):
            return f"{where}: YAML reads this as {value!r}; put it in quotes"
    shown = f"{value!r:.60}"
    return f"{where}: {shown} is not allowed: {error['msg'][:1].lower()}{error['msg'][1:]}"


def _line(node: yaml.Node, loc: Sequence[str | int]) -> int:
    """The line of a field, or of the nearest thing around it."""
    line = node.start_mark.line + 1
    for step in loc:
        below = None
        if isinstance(node, yaml.MappingNode):
            below = next((pair for pair in node.value if pair[0].value == step), None)
            if below is not None:
                line, node = below[0].start_mark.line + 1, below[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            below = node = node.value[step]
            line = node.start_mark.line + 1
        if below is None:
            break
    return line


def _field(loc: Sequence[str | int]) -> str:
    """``accounts[1].currency``, counted from 1 as a person counts."""
    said = ""
    for step in loc:
        said += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if said else step
    return said


def _allowed(loc: Sequence[str | int]) -> list[str]:
    model: Any = Team
    for step in loc[:-1]:
        if isinstance(step, str):
            model = _model_in(model.model_fields[step].annotation)
    return list(model.model_fields)


def _model_in(annotation: Any) -> Any:
    """The model in ``list[Model]``, ``Model | None`` or ``Annotated[list[Model], ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(part) for part in getattr(annotation, "__args__", ()))
    return next((model for model in found if model is not None), None)
