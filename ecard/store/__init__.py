"""Where the card's record stands: models, one transaction at a time, sealed personal fields, the audit chain."""
