"""Routes of the view: look."""

from fastapi import APIRouter

router = APIRouter(tags=["look"])
