"""Commands, one module each, named by :data:`router.cli.main.COMMANDS`."""
