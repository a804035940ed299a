"""Looks at each link of the chain and says what to do about a broken one."""
