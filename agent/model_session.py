"""One question's use of the chat model: a deadline, a cap on calls and tokens, and every failure with its reason."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from agent.deps import ModelSettings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, BaseMessage

T = TypeVar("T")
MAX_REPLY_TOKENS = 4_096


class ModelFailed(Exception):
    """The model gave nothing usable; the message says why and is fit to show. The rules answer instead."""


class ModelSession:
    """The model for one question."""

    def __init__(self, settings: ModelSettings) -> None:
        self._settings = settings
        self._calls = self._tokens = 0

    def reply(self, messages: Sequence[BaseMessage], tools: Sequence[dict[str, Any]] = ()) -> AIMessage:
        """The model's next message. Raises ModelFailed."""
        self._spend_call(messages, tools)
        left = self._settings.max_tokens - self._tokens
        try:
            chat = self._settings.build()  # outside the deadline: the first build imports a heavy library
            message = _within(self._settings.timeout_seconds, lambda: _invoke(chat, messages, tools, left))
        except Exception as error:  # ChatOpenAI raises anything, TypeError and KeyError among it, on a bad body
            raise ModelFailed(_reason(error, self._settings.timeout_seconds)) from None
        usage = message.usage_metadata
        self._tokens += usage["total_tokens"] if usage else _estimate(messages, tools) + _estimate([message])
        if message.response_metadata.get("finish_reason") == "length":
            raise ModelFailed("the model's answer was cut off")
        return message

    def _spend_call(self, messages: Sequence[BaseMessage], tools: Sequence[dict[str, Any]]) -> None:
        if self._calls >= self._settings.max_calls:
            raise ModelFailed(f"the question used its {self._settings.max_calls} model calls")
        if self._tokens + _estimate(messages, tools) >= self._settings.max_tokens:
            raise ModelFailed(f"the question would use more than its {self._settings.max_tokens} model tokens")
        self._calls += 1


def _invoke(
    chat: BaseChatModel, messages: Sequence[BaseMessage], tools: Sequence[dict[str, Any]], tokens_left: int
) -> AIMessage:
    limit = min(tokens_left, MAX_REPLY_TOKENS)
    if tools:
        return chat.bind_tools(tools).invoke(list(messages), max_tokens=limit)
    return chat.invoke(list(messages), max_tokens=limit)


def _within(seconds: float, call: Callable[[], T]) -> T:
    """``call()``, or TimeoutError after ``seconds``: a client's own timeout starts anew with every byte received."""
    outcome: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            outcome.put((call(), None))
        except BaseException as error:  # carried to the caller's thread
            outcome.put((None, error))

    threading.Thread(target=run, daemon=True, name="model call").start()
    try:
        value, error = outcome.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return value  # type: ignore[return-value]


def _reason(error: Exception, timeout_seconds: float) -> str:
    import openai

    status = getattr(error, "status_code", None)
    if isinstance(error, (TimeoutError, openai.APITimeoutError)):
        return f"the model did not answer in {timeout_seconds:g} s"
    if status == 429:
        return "the model's rate limit or quota is used up"
    if status in (401, 403):
        return "the model's server refused the key"
    if isinstance(status, int) and status >= 500:
        return f"the model's server failed ({status})"
    if isinstance(status, int):
        return f"the model's server refused the request ({status})"
    if isinstance(error, openai.APIConnectionError):
        return "the model could not be reached"
    return "the model's answer could not be read"


def _estimate(messages: Sequence[BaseMessage], tools: Sequence[dict[str, Any]] = ()) -> int:
    """Tokens, roughly: four characters each. For servers that do not report usage, and before a call."""
    return (sum(len(str(m.content)) for m in messages) + len(str(list(tools)))) // 4
