"""The slow, obviously right counterparts of the landscapes, a file for each family."""
