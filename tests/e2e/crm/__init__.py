"""A real CRM's history, brought in through the program's own commands."""
