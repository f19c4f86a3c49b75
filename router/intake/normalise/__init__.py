"""Values as people and systems write them, in one spelling each."""
