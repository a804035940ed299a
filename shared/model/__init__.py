"""Values and pure rules of the field; imports nothing but itself."""
