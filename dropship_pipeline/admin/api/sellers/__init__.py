"""Sellers in the API: the list, one seller with its evidence, and the export."""

from dropship_pipeline.admin.api.sellers.routes import router

__all__ = ["router"]
