"""The sandbox's catalogue, which takes as long to draw as hundreds of tests: drawn once for all that only read it."""

from dropship_pipeline.sandbox.catalogue.catalogue import Catalogue

CATALOGUE = Catalogue(seed=7)
