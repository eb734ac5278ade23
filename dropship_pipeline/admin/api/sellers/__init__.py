"""Sellers in the API: the list, one seller with its evidence, the export, and what people say of them."""

from fastapi import APIRouter

from dropship_pipeline.admin.api.sellers import marks, routes

router = APIRouter()
router.include_router(routes.router)
router.include_router(marks.router)

__all__ = ["router"]
