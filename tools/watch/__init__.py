"""The watch: one look at the accounts of a scope (``watch``), in the order in which it goes.

``series`` (arrays, with young days matured by ``tools.maturity`` or withheld), ``signals`` (what the detector flags
and what still goes on), ``groups`` (which signals are one matter), ``stakes`` (money), ``causes``, ``stale`` (missing
data) and ``look``, which puts them together. ``arriving`` looks at an analytics account.
"""

from tools.watch.look import AccountLook, failed, watch

__all__ = ["AccountLook", "failed", "watch"]
