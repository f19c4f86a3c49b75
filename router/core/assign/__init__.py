"""Acting: capacity, deadlines, waiting, published decisions."""
