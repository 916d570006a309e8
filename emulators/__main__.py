"""All emulators in one process, as a world for Budgeteer: ``python -m emulators``.

Prints the settings that point Budgeteer to them, one ``export NAME=value`` a line (``--json``: one JSON line with the
control addresses too), then serves until standard input closes or Ctrl-C, so that it never outlives whoever started it.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from contextlib import ExitStack, suppress

from emulators.google_ads import server as google_ads
from emulators.market import server as market_server
from emulators.market.world import Market
from emulators.slack import server as slack_server


def main() -> None:
    """Start the market and the platforms on free loopback ports and serve."""
    arguments = argparse.ArgumentParser(prog="python -m emulators", description=main.__doc__)
    arguments.add_argument("--seed", type=int, default=7, help="the market's noise (default 7)")
    arguments.add_argument("--socket", action="store_true", help="Slack in Socket Mode: no request URL is needed")
    arguments.add_argument("--json", action="store_true", help="print one JSON line instead of export lines")
    chosen = arguments.parse_args()
    market = Market(seed=chosen.seed)
    with ExitStack() as running:
        control = market_server.start(market)
        running.callback(control.stop)
        ads = google_ads.start(market)
        running.callback(ads.stop)
        slack = slack_server.start(socket_mode=chosen.socket)
        running.callback(slack.stop)
        settings = {
            **control.settings_env(),
            **ads.settings_env(),
            "SLACK_API_URL": slack.url,
            "SLACK_BOT_TOKEN": slack.token,
            **(
                {"SLACK_APP_TOKEN": slack.app_token} if chosen.socket else {"SLACK_SIGNING_SECRET": slack.sender.secret}
            ),
        }
        if chosen.json:
            print(json.dumps({"settings": settings, "market": control.url, "slack": slack.url}), flush=True)
        else:
            print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in settings.items()), flush=True)
        with suppress(KeyboardInterrupt):
            sys.stdin.read()


if __name__ == "__main__":
    main()
