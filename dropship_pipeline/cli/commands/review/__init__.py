"""Commands of those who look through what was found: marks, what changed, and why a listing counts."""
