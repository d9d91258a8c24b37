"""Python and TypeScript judge the same hostile texts: ``python -m tests.agree --texts N``."""
