"""The electronic social-security card of a city, from application to cancellation."""
