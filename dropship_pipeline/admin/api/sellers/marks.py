"""Routes of what people say about sellers: marks with their undo, and saved views."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from dropship_pipeline.admin.api.answers import Answer
from dropship_pipeline.admin.api.parameters import MAX_ID, PREFIX, Reader, Reviewer, Stores
from dropship_pipeline.admin.problems import NotFound, declared
from dropship_pipeline.collection.sellers.labelling import Labelling
from dropship_pipeline.storage.review.marks import (
    MAX_NOTE_CHARS,
    MAX_SELLERS_AT_ONCE,
    MAX_TAG_CHARS,
    MAX_TAGS,
    MarkChange,
    SellerMarks,
)
from dropship_pipeline.storage.review.saved_views import MAX_ADDRESS_CHARS, MAX_NAME_CHARS, SavedViews

router = APIRouter(prefix=PREFIX, tags=["marks"], responses=declared())

SellerId = Annotated[int, Field(ge=1, le=MAX_ID, strict=True)]
Tags = Annotated[list[Annotated[str, Field(max_length=MAX_TAG_CHARS)]], Field(max_length=MAX_TAGS)]


class ChangeMarks(BaseModel):
    """What to change on which sellers; what is left out or null stays as it is."""

    model_config = ConfigDict(extra="forbid")

    seller_ids: list[SellerId] = Field(min_length=1, max_length=MAX_SELLERS_AT_ONCE)
    starred: bool | None = Field(default=None, strict=True)
    hidden: bool | None = Field(default=None, strict=True)
    tags_added: Tags = []
    tags_removed: Tags = []
    note: str | None = Field(default=None, max_length=MAX_NOTE_CHARS, description='"" removes the note')

    def change(self) -> MarkChange:
        """The change, checked."""
        return MarkChange(**self.model_dump(exclude={"seller_ids"}))


class MarkedOut(BaseModel):
    """What the change, or taking it back, came to."""

    change_id: UUID | None = Field(description="null where nothing became different")
    seller_ids: list[int] = Field(description="Whose marks, or labels of whose matches, are different now")


class SaveView(BaseModel):
    """A view to keep."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=MAX_NAME_CHARS)
    address: str = Field(max_length=MAX_ADDRESS_CHARS, description="Path and query of a page of ours")


class ViewOut(Answer):
    """A saved view, for everybody of the org."""

    id: int
    name: str
    address: str
    saved_by: str
    saved_at: datetime


class ViewsOut(BaseModel):
    """The org's views by name."""

    views: list[ViewOut]


@router.post("/sellers/marks", summary="Star, hide, tag or note sellers")
def change_marks(who: Reviewer, services: Stores, body: ChangeMarks) -> MarkedOut:
    """Change the marks of up to 500 sellers at once, all or none."""
    marked = SellerMarks(services.database, who.org).change(body.seller_ids, body.change(), by=who.name)
    return MarkedOut(change_id=marked.change_id, seller_ids=list(marked.seller_ids))


@router.post("/sellers/marks/undo", summary="Take one's latest change of marks or of a label back")
def undo_marks(who: Reviewer, services: Stores) -> MarkedOut:
    """Take back the latest change of this token's name, be it of marks or of a label; what others did since stays."""
    undone = Labelling(services.database, who.org, services.settings, by=who.name).undo()
    return MarkedOut(change_id=undone.change_id, seller_ids=list(undone.seller_ids))


@router.get("/views", summary="Saved views")
def list_views(who: Reader, services: Stores) -> ViewsOut:
    """The org's views by name."""
    return ViewsOut(views=[ViewOut.model_validate(view) for view in SavedViews(services.database, who.org).list()])


@router.post("/views", summary="Save a view")
def save_view(who: Reviewer, services: Stores, body: SaveView) -> ViewOut:
    """Keep a page with its filters under a name, in place of the view of the same name."""
    saved = SavedViews(services.database, who.org).save(body.name, body.address, by=who.name)
    return ViewOut.model_validate(saved)


@router.delete("/views/{view_id}", summary="Forget a view", status_code=204, response_class=Response)
def delete_view(who: Reviewer, services: Stores, view_id: Annotated[int, Path(ge=1, le=MAX_ID)]) -> None:
    """Forget a view; the sellers that it showed stay."""
    if not SavedViews(services.database, who.org).delete(view_id):
        raise NotFound(f"There is no view {view_id}; GET {PREFIX}/views lists those there are")
