"""The subcommands of ``budgeteer analyze``, a module each, and the files they read."""
