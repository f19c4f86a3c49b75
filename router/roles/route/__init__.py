"""route: inbox records in; decisions, owners and changed state out."""
