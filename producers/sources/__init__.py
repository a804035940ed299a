"""One file per implementation; found by a folder scan (`shared.plugins`)."""
