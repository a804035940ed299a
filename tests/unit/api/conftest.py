"""What all tests of the API have: passwords that are hashed at little cost."""

import pytest


@pytest.fixture(autouse=True)
def _light_passwords(light_passwords: None) -> None:
    pass
