"""Sellers in the API: the list, one seller with its evidence, the export, what people say of them, and what changed."""

from fastapi import APIRouter

from dropship_pipeline.admin.api.sellers import changes, marks, routes

router = APIRouter()
router.include_router(routes.router)
router.include_router(marks.router)
router.include_router(changes.router)

__all__ = ["router"]
