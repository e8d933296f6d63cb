"""The subcommands of `aotjit`, one a file: `configure(parser)` declares the options, `run(arguments)` does the work."""
