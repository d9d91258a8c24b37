"""One use case a function, one transaction each; each cites the article that it carries out."""
