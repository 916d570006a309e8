"""The emulated model server is no kinder than the real one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from emulators.openai import server
from emulators.openai.behaviours import NULL_CHOICES, Call, Fail, Say

HELLO = {"model": "gpt-5-mini", "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture
def emulator() -> Iterator[server.OpenAIEmulator]:
    running = server.start()
    yield running
    running.stop()


def post(emulator: server.OpenAIEmulator, body: Any, key: str | None = server.DEFAULT_KEY) -> httpx.Response:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return httpx.post(f"{emulator.url}/chat/completions", json=body, headers=headers, timeout=5)


def chat(emulator: server.OpenAIEmulator, **options: Any) -> Any:
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    return ChatOpenAI(
        model="gpt-5-mini", api_key=SecretStr(emulator.key), base_url=emulator.url, timeout=5, max_retries=0, **options
    )


@pytest.mark.parametrize("key", [None, "sk-wrong"])
def test_a_missing_or_wrong_key_is_401(emulator: server.OpenAIEmulator, key: str | None) -> None:
    assert post(emulator, HELLO, key).status_code == 401
    assert emulator.requests == []


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"model": "gpt-9"}, 404, "model_not_found"),
        ({"messages": []}, 400, "missing_required_parameter"),
        ({"max_tokens": 5}, 400, "unsupported_parameter"),
        ({"temperature": 0}, 400, "unsupported_value"),
        ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, 400, "invalid_value"),
        ({"messages": [{"role": "tool", "tool_call_id": "x", "content": ""}]}, 400, None),
    ],
)
def test_what_the_real_endpoint_refuses_is_refused(
    emulator: server.OpenAIEmulator, change: dict[str, Any], status: int, code: str | None
) -> None:
    response = post(emulator, {**HELLO, **change})
    assert response.status_code == status
    assert response.json()["error"]["code"] == code


def test_a_tool_call_must_be_answered_before_the_talk_goes_on(emulator: server.OpenAIEmulator) -> None:
    call = {"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f"}}]}
    answer = {"role": "tool", "tool_call_id": "c", "content": "{}"}
    assert post(emulator, {**HELLO, "messages": [*HELLO["messages"], call]}).status_code == 400
    assert post(emulator, {**HELLO, "messages": [*HELLO["messages"], call, answer]}).status_code == 200


def test_behaviours_come_in_order_and_then_the_default(emulator: server.OpenAIEmulator) -> None:
    emulator.queue(Say("a"), Fail(429, retry_after=7), NULL_CHOICES)
    assert post(emulator, HELLO).json()["choices"][0]["message"]["content"] == "a"
    limited = post(emulator, HELLO)
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "7")
    assert post(emulator, HELLO).json()["choices"] is None
    assert post(emulator, HELLO).json()["choices"][0]["message"]["content"] == "There is nothing to report."
    assert len(emulator.requests) == 4


def test_a_client_reads_a_streamed_text_whole(emulator: server.OpenAIEmulator) -> None:
    emulator.queue(Say("one word after another"))
    pieces = [chunk.text for chunk in chat(emulator).stream("hello")]
    assert "".join(pieces).strip() == "one word after another"
    assert len([p for p in pieces if p]) == 4


def test_a_client_reads_streamed_tool_calls_whole(emulator: server.OpenAIEmulator) -> None:
    args = {"metrics": ["roas"], "n": [1, 2]}
    emulator.queue(Call((("metric", args), ("freshness", {}))))
    message = chat(emulator, streaming=True).invoke("hello")
    assert [(c["name"], c["args"]) for c in message.tool_calls] == [("metric", args), ("freshness", {})]


def test_malformed_arguments_arrive_as_invalid_tool_calls(emulator: server.OpenAIEmulator) -> None:
    emulator.queue(Call((("metric", '{"metrics": ['),)))
    message = chat(emulator).invoke("hello")
    assert message.tool_calls == []
    assert [c["name"] for c in message.invalid_tool_calls] == ["metric"]


def test_the_honest_model_picks_a_tool_by_the_words_and_invents_nothing(emulator: server.OpenAIEmulator) -> None:
    tools = [{"type": "function", "function": {"name": "metric", "parameters": {"type": "object"}}}]
    question = json.dumps({"question": "roas of meta?"})
    system = 'Today is 2024-04-01. ["google_ads", "meta"]'
    body = {
        "model": "gpt-5-mini",
        "tools": tools,
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": question}],
    }
    call = post(emulator, body).json()["choices"][0]["message"]["tool_calls"][0]["function"]
    assert call["name"] == "metric"
    assert json.loads(call["arguments"]) == {
        "metrics": ["roas"],
        "platforms": ["meta"],
        "period": {"start": "2024-03-25", "end": "2024-03-31"},
    }
