"""What other systems' configurations say of channels and routes, translated into ours, with a report by line."""
