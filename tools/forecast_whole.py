"""One total whichever way a forecast is broken down: it is made from platforms, and other parts are fitted to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analytics.forecast import Range


def of_one_whole(told: Range, whole: Range, *, adds_up: bool) -> Range:
    """``told`` with the last row of ``whole`` as its whole; where figures add up, its parts are made to do so.

    Parts of which one is not forecast stay as they are: they do not add up, which is said.
    """
    import numpy as np

    from analytics.forecast import fitted

    mid, lo, hi = (part.copy() for part in (told.mid, told.lo, told.hi))
    parts = slice(0, len(mid) - 1)
    if adds_up and len(mid) > 1 and np.isfinite(mid).all() and np.isfinite(whole.mid[-1]):
        spread = np.where(np.isfinite(hi[parts]), hi[parts] - lo[parts], mid[parts])
        mid[parts] = fitted(mid[parts], np.maximum(spread, 1e-9), float(whole.mid[-1]))
        moved = mid[parts] - told.mid[parts]
        lo[parts] = np.minimum(np.maximum(lo[parts] + moved, 0), mid[parts])
        hi[parts] = np.maximum(hi[parts] + moved, mid[parts])
    for mine, its in ((mid, whole.mid), (lo, whole.lo), (hi, whole.hi)):
        mine[-1] = its[-1]
    return replace(told, mid=mid, lo=lo, hi=hi, coverage=whole.coverage, stretches=whole.stretches)
