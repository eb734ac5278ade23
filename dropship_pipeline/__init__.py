"""Finds what sells on Amazon and who sells it on eBay. See README.md."""
