"""Routes of the view: exports."""

from fastapi import APIRouter

router = APIRouter(tags=["exports"])
