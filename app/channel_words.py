"""A channel's digests and alerts in one line."""

from __future__ import annotations

from store.channels import DigestTime


def when_words(when: DigestTime, timezone: str) -> str:
    """``digest at 08:00 Europe/Berlin, Monday to Friday, weekly; without restated; alerts from warning``."""
    extra = [f"without {', '.join(when.hidden)}"] if when.hidden else []
    extra += [f"in {when.language}"] if when.language else []
    extra += [] if when.alerts is None else ["no alerts" if when.alerts == "off" else f"alerts from {when.alerts}"]
    if not when.any:
        return "; ".join(["no digest", *(e for e in extra if "alerts" in e)])
    forms = ["Monday to Friday" if when.weekdays_only else "every day"] if when.on else []
    forms += [name for name, on in (("weekly", when.weekly), ("monthly", when.monthly)) if on]
    return "; ".join([f"digest at {when.hour:02}:00 {when.timezone or timezone}, {', '.join(forms)}", *extra])
