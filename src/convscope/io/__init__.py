"""Images, atomic storage and downloads. No torch."""
