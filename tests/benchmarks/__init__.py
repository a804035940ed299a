"""What the product costs, each figure beside a floor of the same run: `make bench`, results in docs/performance.md."""
