"""Looking for a lead's owner: rules, options, who may have it. Changes nothing."""
