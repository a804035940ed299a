"""The vocabulary every stage of the pipeline shares; imports nothing of ours."""
