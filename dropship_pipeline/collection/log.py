"""The one logger of the collection; its lines are what people search for."""

import logging

logger = logging.getLogger("dropship-product-finder")
