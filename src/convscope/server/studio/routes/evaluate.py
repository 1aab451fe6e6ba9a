"""Routes of the view: evaluate."""

from fastapi import APIRouter

router = APIRouter(tags=["evaluate"])
