"""The page of `audiogan demo`: sound before and after, and samples of generators, in a browser."""
