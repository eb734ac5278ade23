"""What a replay reads and writes: a job's kept answers, its rows, and what changed in them."""
