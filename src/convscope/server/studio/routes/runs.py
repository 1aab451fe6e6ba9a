"""Routes of the view: runs."""

from fastapi import APIRouter

router = APIRouter(tags=["runs"])
