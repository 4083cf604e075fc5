"""Parts of `docs/study.md`, each written from the committed results."""
