"""Routes of the view: data."""

from fastapi import APIRouter

router = APIRouter(tags=["data"])
