"""Reader of chapters: TOML and Markdown to records, with the line of every fault."""
