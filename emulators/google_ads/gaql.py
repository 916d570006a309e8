"""The part of the Google Ads query language that the product uses, checked against the shipped descriptors.

A field that the API does not have is the platform's own query error. Read from the shipped protos:
which fields, enums and resources exist. Assumed: the wording, and which error covers which mistake.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from google.ads.googleads.v26.services.types import google_ads_service

from emulators.google_ads.failures import PlatformFailure

_ROW = google_ads_service.GoogleAdsRow.pb().DESCRIPTOR
_TOKEN = re.compile(
    r"\s*(?:(?P<string>'[^']*'|\"[^\"]*\")|(?P<number>-?\d+(?:\.\d+)?)(?![\w.])"
    r"|(?P<word>[A-Za-z_][\w.]*)|(?P<op><=|>=|!=|=|<|>|\(|\)|,))"
)
_OPERATORS = {"=", "!=", "<", "<=", ">", ">="}


@dataclass(frozen=True, slots=True)
class Condition:
    """``field operator values``; IN has several values, BETWEEN two, DURING the name of a range."""

    field: str
    operator: str
    values: tuple[str | float, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query whose every field exists."""

    select: tuple[str, ...]
    resource: str
    where: tuple[Condition, ...]
    order: tuple[tuple[str, bool], ...]  # field, descending
    limit: int | None

    @property
    def fields(self) -> set[str]:
        return {*self.select, *(c.field for c in self.where), *(f for f, _ in self.order)}

    def conditions(self, field: str) -> tuple[Condition, ...]:
        return tuple(c for c in self.where if c.field == field)


def parse(text: str) -> Query:
    """Read a query. Raises PlatformFailure with a query error where the platform would."""
    reader = _Reader(_tokens(text))
    reader.expect("SELECT", "EXPECTED_SELECT")
    select = reader.names()
    reader.expect("FROM", "EXPECTED_FROM")
    resource = reader.name()
    where = reader.conditions() if reader.accept("WHERE") else ()
    order = reader.order() if reader.accept("ORDER") else ()
    limit = reader.limit() if reader.accept("LIMIT") else None
    reader.end()
    query = Query(select, resource, where, order, limit)
    _check(query)
    return query


def matches(condition: Condition, value: Any) -> bool:
    """Whether a row's value passes the condition; values compare as numbers where both are, else as text."""
    wanted = [_comparable(v, value) for v in condition.values]
    match condition.operator:
        case "=":
            return bool(value == wanted[0])
        case "!=":
            return bool(value != wanted[0])
        case "<":
            return bool(value < wanted[0])
        case "<=":
            return bool(value <= wanted[0])
        case ">":
            return bool(value > wanted[0])
        case ">=":
            return bool(value >= wanted[0])
        case "IN":
            return value in wanted
        case _:
            return bool(wanted[0] <= value <= wanted[1])


def _comparable(wanted: str | float, value: Any) -> Any:
    if isinstance(value, bool):
        return str(wanted).upper() == "TRUE"
    return float(wanted) if isinstance(value, int | float) else str(wanted)


def descriptor(field: str) -> Any:
    """The descriptor of a dotted field, or None where the API has no such field."""
    message, found = _ROW, None
    for part in field.split("."):
        if message is None:
            return None
        found = message.fields_by_name.get(part) or message.fields_by_name.get(f"{part}_")
        if found is None:
            return None
        message = found.message_type
    return found


def _check(query: Query) -> None:
    if query.resource not in _ROW.fields_by_name:
        raise _error("BAD_RESOURCE_TYPE_IN_FROM_CLAUSE", f"'{query.resource}' is not a valid resource.", query.resource)
    for field in (*query.select, *(c.field for c in query.where), *(f for f, _ in query.order)):
        found = descriptor(field)
        if "." not in field or found is None:
            raise _error("UNRECOGNIZED_FIELD", f"Unrecognized field in the query: '{field}'.", field)
    for condition in query.where:
        _check_enum(condition)
        segment = condition.field.startswith("segments.") and condition.field != "segments.date"
        if segment and condition.field not in query.select:
            raise _error(
                "EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE",
                f"The field '{condition.field}' must be in the SELECT clause.",
                condition.field,
            )
    if "segments.date" in query.select and not query.conditions("segments.date"):
        raise _error("EXPECTED_FILTERS_ON_DATE_RANGE", "A finite date range is required.", "segments.date")


def _check_enum(condition: Condition) -> None:
    enum = descriptor(condition.field).enum_type
    for value in condition.values if enum is not None else ():
        if str(value) not in enum.values_by_name:
            raise _error("BAD_ENUM_CONSTANT", f"Invalid enum value '{value}' for '{condition.field}'.", str(value))


def _error(name: str, message: str, trigger: str | None = None) -> PlatformFailure:
    return PlatformFailure("query_error", name, f"Error in query: {message}", trigger=trigger)


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _error("UNEXPECTED_INPUT", f"unexpected input {text[at : at + 10]!r}.")
        found.append((str(match.lastgroup), match.group(str(match.lastgroup))))
        at = match.end()
    return found


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens, self._at = tokens, 0

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        if token[0] == "end":
            raise _error("UNEXPECTED_END_OF_QUERY", "unexpected end of query.")
        self._at += 1
        return token

    def accept(self, word: str) -> bool:
        if self._peek()[1].upper() != word or self._peek()[0] == "string":
            return False
        self._at += 1
        return True

    def expect(self, word: str, error: str) -> None:
        if not self.accept(word):
            raise _error(error, f"expected {word}, not {self._peek()[1]!r}.")

    def end(self) -> None:
        if self._peek()[0] != "end":
            raise _error("UNEXPECTED_INPUT", f"unexpected input {self._peek()[1]!r}.")

    def name(self) -> str:
        kind, value = self._next()
        if kind != "word":
            raise _error("BAD_FIELD_NAME", f"'{value}' is not a field.", value)
        return value

    def names(self) -> tuple[str, ...]:
        found = [self.name()]
        while self.accept(","):
            found.append(self.name())
        return tuple(found)

    def value(self) -> str | float:
        kind, value = self._next()
        if kind == "op":
            raise _error("BAD_VALUE", f"'{value}' is not a value.", value)
        return value[1:-1] if kind == "string" else value

    def conditions(self) -> tuple[Condition, ...]:
        found = [self._condition()]
        while self.accept("AND"):
            found.append(self._condition())
        return tuple(found)

    def _condition(self) -> Condition:
        field = self.name()
        operator = self._next()[1].upper()
        if operator in _OPERATORS:
            return Condition(field, operator, (self.value(),))
        if operator == "BETWEEN":
            low = self.value()
            self.expect("AND", "EXPECTED_AND")
            return Condition(field, operator, (low, self.value()))
        if operator == "DURING":
            return Condition(field, operator, (self.name(),))
        if operator == "IN":
            self.expect("(", "EXPECTED_LIST")
            values = [self.value()]
            while self.accept(","):
                values.append(self.value())
            self.expect(")", "EXPECTED_LIST")
            return Condition(field, operator, tuple(values))
        raise _error("BAD_OPERATOR", f"'{operator}' is not an operator.", operator)

    def order(self) -> tuple[tuple[str, bool], ...]:
        self.expect("BY", "EXPECTED_BY")
        found = []
        while True:
            field = self.name()
            descending = self.accept("DESC")
            if not descending:
                self.accept("ASC")
            found.append((field, descending))
            if not self.accept(","):
                return tuple(found)

    def limit(self) -> int:
        kind, value = self._next()
        if kind != "number" or int(value) < 1:
            raise _error("BAD_LIMIT_VALUE", f"'{value}' is not a limit.", value)
        return int(value)
