"""A city of invented people. Nothing here runs in production: `plant_city` refuses a database that is not marked ``demo``."""
