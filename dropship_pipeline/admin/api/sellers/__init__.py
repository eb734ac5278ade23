"""Sellers in the API: the list, one seller with its evidence, the export, marks, changes, and why a listing counts."""

from fastapi import APIRouter

from dropship_pipeline.admin.api.sellers import changes, marks, matches, routes

router = APIRouter()
router.include_router(routes.router)
router.include_router(marks.router)
router.include_router(changes.router)
router.include_router(matches.router)

__all__ = ["router"]
