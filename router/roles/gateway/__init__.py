"""The role ``gateway``: leads, activity and feedback over HTTP; 202 once Kafka has them."""
