"""What people do with what was found: marks, saved views, and what changed between two searches."""
