"""The logger of the collection; people search for its lines, so they stay the same."""

import logging

logger = logging.getLogger("dropship-product-finder")
