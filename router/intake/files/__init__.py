"""Files that people give: tables and JSON to records of the contract."""
