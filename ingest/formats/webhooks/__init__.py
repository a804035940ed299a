"""What the webhooks of other products state: one module a product, `read`, pure."""
