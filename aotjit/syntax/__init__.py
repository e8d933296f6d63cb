"""Source text to syntax tree: `parse.parse`, `parse.parse_expression`, `printer.print_module`, nodes in `ast`."""
