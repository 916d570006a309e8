"""``python -m app`` is ``budgeteer``."""

from app.cli import main

main()
