"""Several plans for an account's budgets side by side: today, the best split, other totals, and a person's own."""
