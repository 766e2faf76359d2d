"""Evidence about workers: written once, replaced by newer rows, never changed."""
